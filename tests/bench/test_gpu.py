"""The GPU script on a CPU: every part at a tiny size, and parts that go wrong."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

pytest.importorskip("transformers", reason="the extra [vlm] is not installed")

from rewardsvc.core.vlm.family import FAMILIES
from tests.bench.gpu_parts import shapes
from tests.bench.gpu_parts.driver import FAST, RIGHT
from tests.rewardsvc.core.vlm import tiny

PROJECT = Path(__file__).resolve().parents[2]
#: What each part of the timing run is to have found.
FOUND = {
    "machine": {"python", "packages", "cores", "device", "nvidia_smi"},
    "preprocessing": {"one_core", "threads", "processes"},
    "scoring": {"two_passes", "released", "native", "loader_of_ready", "matmul_tflops"},
    "fitting": {"batches", "most_items_that_fit"},
    "training_lora": {"pairwise", "groupwise_unshared", "groupwise", "speedup"},
    "training_full": {"groupwise_fused", "pairwise_fused", "groupwise_default", "counted_gib"},
    "profiling": {"top", "calls"},
    "faster": {"tries", "reverted"},
}
ROW = {"seconds", "edits_per_s", "tflops", "share_of_matmul", "peak_gib", "speedup",
       "counted_bound", "tokens_per_s", "difference"}  # fmt: skip


def run(out, *options, code=0):
    """Run the script as anybody would, from another folder, and return its report."""
    command = [sys.executable, PROJECT / "tests" / "bench" / "gpu.py", "--size", "tiny"]
    done = subprocess.run(
        [*command, "--out", out, "--minutes", "15", *options],
        cwd=out,
        capture_output=True,
        text=True,
        check=False,
        env={k: v for k, v in os.environ.items() if not k.startswith("DJANGO")},
    )
    assert done.returncode == code, done.stdout[-6000:] + done.stderr[-2000:]
    (report,) = out.glob("*.json")
    (table,) = out.glob("*.md")
    assert table.read_text() in done.stdout
    return json.loads(report.read_text())["parts"]


def without_web(parts):
    return all(part["figures"]["web_modules_loaded"] == [] for part in parts.values())


def test_the_timing_parts_find_every_figure_without_django(tmp_path):
    parts = run(tmp_path, "--limit", "300")
    assert tuple(parts) == FAST
    for name, figures in FOUND.items():
        assert parts[name]["status"] == "done", parts[name]
        assert figures <= parts[name]["figures"].keys(), name
    assert without_web(parts)
    assert set(parts["scoring"]["figures"]["native"]) >= ROW
    assert len(parts["profiling"]["figures"]["top"]) == 10
    tries = parts["faster"]["figures"]["tries"]
    assert len(tries) == 3
    # What is tried for speed changes no reward beyond rounding.
    assert all(t["difference"] <= 0.1 * t["spread"] for t in tries)


def test_the_correctness_parts_are_right_on_a_cpu(tmp_path):
    parts = run(tmp_path, "--right", "--limit", "300")
    assert set(parts) == set(RIGHT)
    assert parts["attention"]["figures"]["skipped"] == "there is no GPU"
    for name in set(RIGHT) - {"attention", "parity"}:
        assert parts[name]["status"] == "done", parts[name]
        assert parts[name]["checks"]
    # Without the reference data parity says so.
    assert parts["parity"]["status"] in ("done", "skipped")
    assert without_web(parts)


def test_a_part_that_raises_and_one_that_hangs_lose_nothing_of_the_others(tmp_path):
    parts = run(tmp_path, "--only", "raises,hangs,machine", code=1)
    assert parts["raises"]["status"] == "failed"
    assert "RuntimeError: a part that raises" in parts["raises"]["error"]
    assert parts["hangs"]["status"] == "out of time"
    for name in ("raises", "hangs"):
        assert parts[name]["figures"]["before"] == "kept"
    assert parts["machine"]["status"] == "done"


def test_parts_for_which_no_time_is_left_are_named(tmp_path):
    parts = run(tmp_path, "--only", "machine", "--minutes", "0.01", code=1)
    assert parts["machine"]["status"] == "left out"


@pytest.mark.parametrize("size", ["7b", "8b"])
def test_the_typed_in_shapes_have_as_many_weights_as_the_published_models(size):
    import transformers
    from accelerate import init_empty_weights

    ids = {token: n for n, token in enumerate(tiny.SPECIAL)}
    config = shapes.configuration(size, ids)
    kinds = {
        "7b": transformers.Qwen2_5_VLForConditionalGeneration,
        "8b": transformers.Qwen3VLForConditionalGeneration,
    }
    with init_empty_weights(include_buffers=False):
        model = kinds[size](config)
    assert {p.device for p in model.parameters()} == {torch.device("meta")}
    assert sum(p.numel() for p in model.parameters()) == shapes.PARAMETERS[size]
    family = FAMILIES[shapes.FAMILY[size]]
    assert config.model_type == family.model_type
    head = config.text_config.hidden_size // config.text_config.num_attention_heads
    assert sum(shapes.TEXT[size]["rope_scaling"]["mrope_section"]) == head // 2


@pytest.mark.parametrize(
    ("size", "tuning"),
    [
        ("7b", {}),
        ("7b", {"tuning": "lora"}),
        ("8b", {"tuning": "full", "gradient_checkpointing": True}),
    ],
    ids=["to score", "lora", "full"],
)
def test_a_model_of_real_size_is_made_where_it_takes_no_memory(size, tuning):
    from types import SimpleNamespace

    from tests.bench.gpu_parts.models import models

    place = SimpleNamespace(size=size, device="meta")
    model = models(place, **tuning)["native"]
    # The language head plays no part in a reward.
    config = model.network.backbone.config.text_config
    body = shapes.PARAMETERS[size] - config.vocab_size * config.hidden_size
    adapters = sum(p.numel() for n, p in model.named_parameters() if "lora_" in n)
    beside = sum(p.numel() for p in model.network.heads.parameters()) + 2 * config.hidden_size
    assert sum(p.numel() for p in model.parameters()) == body + adapters + beside
    assert bool(adapters) == (tuning.get("tuning") == "lora")
    trained = {p.dtype for p in model.parameters() if p.requires_grad}
    assert trained == {torch.float32}
    assert model.share == (tuning.get("tuning") != "full")
