"""The score command: lines in, lines out, nothing half done."""

import json

import pytest
from django.core.management import CommandError, call_command

from tests.rewardsvc.core.snapshots import make_snapshot


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    """A trained checkpoint folder beside the snapshot's images and a file of three lines."""
    from rewardsvc.core import checkpoint
    from rewardsvc.core.data.files import in_folder
    from rewardsvc.core.data.preferences import build_data
    from rewardsvc.core.snapshot import read_snapshot
    from rewardsvc.core.training.settings import TrainConfig
    from rewardsvc.core.training.train import fit

    root = tmp_path_factory.mktemp("score")
    make_snapshot(root, n_items=4, seed=1)
    data = build_data(read_snapshot(root))
    config = TrainConfig.from_json({"epochs": 1, "model": {"image_size": 64, "members": 1}})
    shas = {sha for t in data.triples for sha in (t.source_sha, t.edit_sha)}
    images = config.images(shas, in_folder(root))
    model = fit(config, data, images, train_sources=data.train_sources).model
    card = checkpoint.ModelCard("0" * 64, ("1",), "test", training=config.to_json())
    checkpoint.save(root / "model", model, card)
    lines = [
        {
            "source": f"images/{t.source_sha}",
            "edited": f"images/{t.edit_sha}",
            "instruction": t.instruction,
            "id": n,
        }
        for n, t in enumerate(data.triples[:3])
    ]
    (root / "edits.jsonl").write_text("\n".join(map(json.dumps, lines)) + "\n\n")
    return root, lines


@pytest.mark.django_db
def test_every_input_line_is_returned_with_its_reward(checkpoint, capsys):
    root, lines = checkpoint
    options = {"model": str(root / "model"), "input": root / "edits.jsonl"}
    call_command("score", **options)
    results = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [{k: row[k] for k in line} for row, line in zip(results, lines, strict=True)] == lines
    for row in results:
        mus = [each["mu"] for each in row["dimensions"].values()]
        assert row["reward"] == pytest.approx(sum(mus) / len(mus))
    call_command("score", **options, out=root / "scored.jsonl", json=True)
    assert json.loads(capsys.readouterr().out)["scored"] == 3
    assert [json.loads(x) for x in (root / "scored.jsonl").read_text().splitlines()] == results


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("{", "line 2: Expecting property name"),
        ('{"source": "a", "edited": "b"}', "line 2: instruction is missing"),
        ('{"source": 1, "edited": "b", "instruction": "c"}', "line 2: source is missing or no"),
        ("[]", "line 2: source is missing"),
        ('{"source": "gone", "edited": "b", "instruction": "c"}', "cannot read the image .*gone"),
    ],
)
def test_a_bad_line_is_named_and_leaves_no_file(checkpoint, tmp_path, line, named):
    root, lines = checkpoint
    bad = root / "bad.jsonl"
    bad.write_text(json.dumps(lines[0]) + "\n" + line + "\n")
    out = tmp_path / "out.jsonl"
    with pytest.raises(CommandError, match=named) as refusal:
        call_command("score", model=str(root / "model"), input=bad, out=out)
    assert refusal.value.returncode == 2
    assert list(tmp_path.iterdir()) == []


@pytest.mark.django_db
def test_a_model_that_is_not_there_is_refused(checkpoint, tmp_path):
    source = checkpoint[0] / "edits.jsonl"
    for model in (str(tmp_path / "none"), "00000000-0000-4000-8000-000000000000"):
        with pytest.raises(
            CommandError, match=r"no reward model at|No model has the id"
        ) as refusal:
            call_command("score", model=model, input=source)
        assert refusal.value.returncode == 2
