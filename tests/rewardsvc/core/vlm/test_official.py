"""Released checkpoints score as the official code scores them."""

import ast
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from rewardsvc.core.checkpoint import load_reward_model
from rewardsvc.core.errors import CheckpointError

TOLERANCE = 2e-4


@pytest.fixture(scope="module")
def oracle(reference_data):
    root = reference_data / "oracles" / "editreward" / "tiny_checkpoint"
    expected = json.loads((root / "expected.json").read_text())
    run = expected["run_own_prompts"]
    triples = [
        (root / t["source"], root / t["edited"], t["instruction"]) for t in expected["triples"]
    ]
    heads = [
        [[one["head_outputs"][f"head_{k}"][part] for k in (0, 1)] for one in run["single"]]
        for part in ("mu", "log_sigma")
    ]
    return root, run, triples, [np.array(part) for part in heads]


def load(oracle, place=None, **options):
    root, run, _, _ = oracle
    options = {"base": root / "base", "prompts": run["prompt_text"], **options}
    return load_reward_model(place or root / "checkpoint", **options)


def agrees(scores, oracle):
    _, run, _, (mu, log_sigma) = oracle
    np.testing.assert_allclose(scores["mu"], mu, atol=TOLERANCE)
    np.testing.assert_allclose(scores["log_sigma"], log_sigma, atol=TOLERANCE)
    fused = np.array([[one["fused_mean"][0], one["fused_mean"][1]] for one in run["single"]])
    np.testing.assert_allclose(scores["reward"], fused[:, 0], atol=TOLERANCE)
    np.testing.assert_allclose(scores["log_sigma_fused"], fused[:, 1], atol=TOLERANCE)


@pytest.mark.parametrize("name", ["model.safetensors", "model.pth", ""])
def test_a_released_checkpoint_scores_a_batch_as_the_official_code(oracle, name):
    agrees(load(oracle, oracle[0] / "checkpoint" / name).score(oracle[2]), oracle)


def test_one_by_one_and_unshared_score_the_same(oracle):
    scorer = load(oracle)
    alone = [scorer.score([triple]) for triple in oracle[2]]
    agrees({name: np.concatenate([one[name] for one in alone]) for name in alone[0]}, oracle)
    unshared = load(oracle)
    unshared.model.share = False
    agrees(unshared.score(oracle[2]), oracle)


def test_a_backbone_in_bfloat16_scores_about_the_same_under_heads_in_float32(oracle):
    from rewardsvc.core.scoring import RewardScorer
    from rewardsvc.core.vlm.building import released

    root, run, triples, (mu, _) = oracle
    words = run["prompt_text"]
    model = released(root / "checkpoint", base=root / "base", prompts=words, dtype=torch.bfloat16)
    kinds = {p.dtype for p in model.network.backbone.parameters()}
    assert kinds == {torch.bfloat16}
    assert {p.dtype for p in model.network.heads.parameters()} == {torch.float32}
    found = RewardScorer(model, {}, "cpu").score(triples)["mu"]
    assert np.abs(found - mu).max() < 0.3 * np.ptp(mu)
    assert np.abs(found - mu).max() > 1e-4


def rewrite(oracle, folder, rename):
    """Write the weights under other names, with configuration and tokenizer beside them."""
    root = oracle[0]
    shutil.copytree(root / "base", folder)
    weights = load_file(root / "checkpoint" / "model.safetensors")
    save_file(
        {rename(name): value for name, value in weights.items()}, folder / "model.safetensors"
    )
    return folder


def old_names(name):
    return name.replace("model.visual.", "visual.").replace("model.language_model.", "model.")


def test_tensor_names_from_before_transformers_4_52_are_read(oracle, tmp_path):
    folder = rewrite(oracle, tmp_path / "old", old_names)
    assert any(n.startswith("model.layers.") for n in load_file(folder / "model.safetensors"))
    agrees(load(oracle, folder, base=None).score(oracle[2]), oracle)


def test_a_wrapped_state_dict_is_unwrapped(oracle, tmp_path):
    weights = load_file(oracle[0] / "checkpoint" / "model.safetensors")
    torch.save({"model": weights}, tmp_path / "model.pth")
    agrees(load(oracle, tmp_path / "model.pth").score(oracle[2]), oracle)


def test_the_lora_layout_is_merged_into_its_base(oracle, tmp_path, caplog):
    root = oracle[0]
    whole = load_file(root / "checkpoint" / "model.safetensors")
    base, place = tmp_path / "base", tmp_path / "lora"
    shutil.copytree(root / "base", base)
    place.mkdir()
    adapters, started = {}, {}
    generator = torch.Generator().manual_seed(1)
    for name, value in whole.items():
        if name.startswith("rm_heads"):
            continue
        if "q_proj.weight" in name:
            down = torch.randn(3, value.shape[1], generator=generator)
            up = torch.randn(value.shape[0], 3, generator=generator)
            stem = f"base_model.model.{name.removesuffix('.weight')}"
            adapters[f"{stem}.lora_A.weight"], adapters[f"{stem}.lora_B.weight"] = down, up
            value = value.float() - 6 / 3 * up @ down  # noqa: PLW2901 - what the base had before
        started[name] = value
    table = "model.language_model.embed_tokens.weight"
    beside = {f"base_model.model.{n}": v for n, v in whole.items() if n.startswith("rm_heads")}
    beside[f"base_model.model.{table}"] = whole[table]
    started[table] = torch.zeros(512, whole[table].shape[1])
    assert adapters
    save_file(started, base / "model.safetensors")
    save_file(adapters, place / "adapter_model.safetensors")
    torch.save(beside, place / "non_lora_state_dict.pth")
    (place / "adapter_config.json").write_text(json.dumps({"lora_alpha": 6, "r": 3}))
    agrees(load(oracle, place, base=base).score(oracle[2]), oracle)
    assert not caplog.records
    untrained = {n: v * 0 if "lora_B" in n else v for n, v in adapters.items()}
    save_file(untrained, place / "adapter_model.safetensors")
    load(oracle, place, base=base)
    assert "all adapters are zero, the base model is unchanged" in caplog.text


def test_prompts_come_from_json_or_from_python_that_is_never_run(oracle, tmp_path):
    words = oracle[1]["prompt_text"]
    as_json = tmp_path / "prompts.json"
    as_json.write_text(json.dumps(words))
    trap = tmp_path / "ran"
    as_python = tmp_path / "prompts.py"
    as_python.write_text(
        f"import pathlib\npathlib.Path({str(trap)!r}).touch()\n"
        f"INSTRUCTION_EDIT_FOLLOWING = {words['dim1']!r}\n"
        f"INSTRUCTION_EDIT_QUALITY = {words['dim2']!r}\n"
    )
    beside = tmp_path / "data_collator_qwen_edit.py"
    beside.write_text(f"prompt_with_special_token = {words['suffix']!r}\n")
    ast.parse(as_python.read_text())
    for file in (as_json, as_python):
        agrees(load(oracle, prompts=file).score(oracle[2]), oracle)
    assert not trap.exists()
    beside.unlink()
    with pytest.raises(CheckpointError, match="prompt_with_special_token"):
        load(oracle, prompts=as_python)


class _Trap:
    def __reduce__(self):
        return (Path.touch, (Path("ran-by-pickle"),))


def spoiled(oracle, folder, change):
    weights = load_file(oracle[0] / "checkpoint" / "model.safetensors")
    change(weights)
    save_file(weights, folder / "model.safetensors")
    return folder / "model.safetensors"


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda w: w.pop("model.visual.merger.ln_q.weight"), "'visual.merger.ln_q.weight' is miss"),
        (lambda w: w.update(extra=torch.ones(1)), "'extra' is unknown"),
        (lambda w: w.pop("rm_heads.head_1.5.bias"), "'rm_heads.head_1.5.bias' is missing"),
        (
            lambda w: w.update({"rm_heads.head_0.0.weight": torch.ones(1024, 48)}),
            r"'rm_heads.head_0.0.weight' is \(1024, 48\), a model of hidden size 64",
        ),
        (
            lambda w: w.update({"model.language_model.norm.weight": torch.ones(32)}),
            r"'language_model.norm.weight' is \(32,\), the configuration expects \(64,\)",
        ),
        (
            lambda w: w.update({"model.language_model.norm.weight": torch.full((64,), torch.nan)}),
            "'language_model.norm.weight' is not finite",
        ),
        (
            lambda w: w.update({"model.language_model.embed_tokens.weight": torch.ones(390, 64)}),
            r"has 390 rows, the tokenizer gives <\|Reward\|> the id 390",
        ),
        (
            lambda w: [w.pop(name) for name in list(w) if name.startswith("rm_")],
            "holds no reward head",
        ),
    ],
)
def test_weights_that_do_not_fit_are_refused_by_tensor(oracle, tmp_path, change, named):
    with pytest.raises(CheckpointError, match=named):
        load(oracle, spoiled(oracle, tmp_path, change))


def test_a_pickle_of_more_than_weights_is_refused_and_not_run(oracle, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    torch.save({"model": _Trap()}, tmp_path / "model.pth")
    with pytest.raises(CheckpointError, match="more than weights and was not run"):
        load(oracle, tmp_path / "model.pth")
    assert not (tmp_path / "ran-by-pickle").exists()


def test_missing_prompts_and_placeholders_are_named(oracle, tmp_path):
    with pytest.raises(CheckpointError, match="needs prompts"):
        load(oracle, prompts=None)
    with pytest.raises(CheckpointError, match="'suffix' is missing"):
        load(oracle, prompts={"dim1": "{text_prompt}"})
    with pytest.raises(CheckpointError, match=r"holds none of model.pth"):
        load(oracle, tmp_path)
    with pytest.raises(CheckpointError, match=r"cannot read .*config.json"):
        load(oracle, base=tmp_path)
    one = {"dim1": "{text_prompt}", "suffix": "<|Reward|>"}
    with pytest.raises(CheckpointError, match="has 2 heads, the prompts ask for 1 dimensions"):
        load(oracle, prompts=one)
