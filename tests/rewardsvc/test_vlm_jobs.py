"""A vision-language run from a deployment's configuration, through the real job and registry."""

import json

import pytest

from annotation.models import ModelSignal
from jobs import services as jobs
from jobs.runner import run_one
from rewardsvc.configurations import (
    BadConfiguration,
    configuration_named,
    configurations,
    read_configuration,
)
from rewardsvc.forms import RunForm
from rewardsvc.models import RewardModel
from rewardsvc.services.runs import start_run
from tests.annotation.studies import make_study

pytest.importorskip("transformers", reason="the extra [vlm] is not installed")
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def deployment(tmp_path, settings):
    """A folder of configurations with one of a tiny base model, and one that is broken."""
    from tests.rewardsvc.core.vlm import tiny

    base = tiny.base(tmp_path / "base")
    folder = tmp_path / "configs"
    folder.mkdir()
    model = {"base": str(base), "tokens": 4, "tuning": "lora", "lora_rank": 2}
    configuration = {
        "title": "Tiny",
        "about": "For a test.",
        "backbone": "qwen2.5-vl",
        "settings": {"epochs": 1, "lr": 1e-3, "batch_items": 4, "model": model},
    }
    (folder / "tiny.json").write_text(json.dumps(configuration))
    (folder / "broken.json").write_text("{")
    settings.REWARD_CONFIGS = str(folder)
    return folder


def test_a_lead_starts_a_configured_run_and_its_model_scores_every_edit(
    deployment, media_root, settings, tmp_path, monkeypatch
):
    monkeypatch.setattr(jobs, "wake", lambda queue: None)
    settings.WORK_ROOT = tmp_path / "work"
    campaign = make_study(n_items=6)[0]
    form = RunForm(
        {"configuration": "tiny", "target": "verdict", "n_folds": 3, "seed": 0},
        campaign=campaign.public_id,
    )
    assert form.is_valid(), form.errors
    run = start_run(campaign=campaign.public_id, actor=None, request=form.request())
    trained = run_one("gpu")
    assert (trained.state, trained.error) == ("done", "")
    run.refresh_from_db()
    assert (run.backbone, run.configuration) == ("qwen2.5-vl", "tiny")
    names = [row["name"] for row in run.metrics["controls"]["out_of_fold"]]
    assert names == [
        "reward model",
        "shuffled instructions",
        "swapped sources",
        "no-op edit",
        "generator mean",
        "pixel difference",
    ]
    rescored = run_one("gpu")
    assert (rescored.kind, rescored.state, rescored.error) == ("rewardsvc.rescore", "done", "")
    final = RewardModel.objects.get(run=run, fold=None)
    assert final.rewards.count() == 18
    assert ModelSignal.objects.filter(kind="surprise").exists()
    lines = (settings.WORK_ROOT / "logs" / str(run.public_id) / "log.jsonl").read_text()
    kinds = {json.loads(line)["kind"] for line in lines.splitlines()}
    assert kinds == {"step", "epoch", "metrics"}
    events = settings.WORK_ROOT / "logs" / str(run.public_id) / "tensorboard" / "final-model"
    assert any(events.iterdir())


def test_a_broken_configuration_is_left_out_of_the_choice_and_named_when_asked_for(deployment):
    names = [each.name for each in configurations()]
    assert names[0] == "compact"
    assert "tiny" in names
    assert "broken" not in names
    with pytest.raises(BadConfiguration, match=r"broken\.json: .*property name"):
        configuration_named("broken")
    with pytest.raises(BadConfiguration, match=r"'huge'.*\btiny\b"):
        configuration_named("huge")


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"backbone": "huge"}, "backbone is 'huge'"),
        ({"title": 3}, "title is 3, expected str"),
        ({"settings": []}, r"settings is \[\], expected dict"),
        ({"more": 1}, "expected exactly about, backbone, settings, title"),
    ],
)
def test_a_configuration_file_is_refused_by_key(deployment, change, named):
    path = deployment / "tiny.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(BadConfiguration, match=named):
        read_configuration(path)


def test_shipped_configurations_can_all_be_trained_with():
    from rewardsvc.core.training.settings import TrainConfig

    shipped = configurations()
    assert len(shipped) >= 3
    for each in shipped:
        TrainConfig.from_json(each.settings, backbone=each.backbone)
