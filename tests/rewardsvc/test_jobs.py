"""Training and rescoring as jobs, on a small judged campaign with real images."""

import json

import pytest
from django.core.management import CommandError, call_command

from annotation.campaigns.events import recent_events
from annotation.feedback.selectors import ranking
from annotation.models import ModelSignal, Snapshot
from jobs import services as jobs
from jobs.models import Job
from jobs.runner import run_one
from rewardsvc.errors import RunRefused
from rewardsvc.models import Reward, RewardModel, TrainingRun
from rewardsvc.selectors import out_of_fold_rewards
from rewardsvc.services.runs import RunRequest, start_rescoring, start_run
from tests.annotation.studies import make_study
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)

SMALL = {"epochs": 2, "batch_items": 4, "model": {"image_size": 64}}


@pytest.fixture(autouse=True)
def quiet_broker(monkeypatch):
    monkeypatch.setattr(jobs, "wake", lambda queue: None)


@pytest.fixture
def campaign(media_root, settings, tmp_path):
    settings.WORK_ROOT = tmp_path / "work"
    return make_study(n_items=8)[0]


def train(campaign, *, actor=None, **config):
    return start_run(
        campaign=campaign.public_id, actor=actor, request=RunRequest(config=SMALL | config)
    )


def test_a_run_leaves_a_final_model_fold_models_curves_and_accuracies(campaign):
    run = train(campaign)
    job = run_one("gpu")
    assert (job.state, job.error) == ("done", "")
    run.refresh_from_db()
    assert run.snapshot_sha256
    assert run.metrics["held_out"]["n"] == 6  # two held-out sources, three decisive pairs each
    assert run.metrics["out_of_fold"]["n"] == 18
    assert RewardModel.objects.filter(run=run, fold=None).count() == 1
    folds = RewardModel.objects.filter(run=run, fold__isnull=False)
    assert [model.fold for model in folds.order_by("fold")] == [0, 1, 2]
    # Every training source is left out by exactly one fold model, no held-out source by any.
    left_out = [sha for model in folds for sha in model.fold_sources]
    assert len(left_out) == len(set(left_out)) == 6
    assert run.points.count() == 4 * SMALL["epochs"]
    assert not (campaign_work(run)).exists()


def test_the_data_of_a_run_are_frozen_in_the_name_of_who_started_it(campaign):
    lead = make_user()
    train(campaign, actor=lead)
    run_one("gpu")
    snapshot = Snapshot.objects.get()
    assert snapshot.created_by == lead
    frozen = next(event for event in recent_events(campaign) if "froze" in event.what)
    assert (frozen.who, frozen.what) == (
        lead.username,
        f"froze snapshot {snapshot.content_sha256[:12]}",
    )


def campaign_work(run):
    from rewardsvc.services.runs import work_folder

    return work_folder(run)


def test_rescoring_scores_every_edit_and_writes_both_signals(campaign):
    train(campaign)
    run_one("gpu")
    job = run_one("gpu")  # queued by the run, whatever the champion check found
    assert (job.kind, job.state, job.error) == ("rewardsvc.rescore", "done", "")
    assert RewardModel.objects.get(fold=None).rewards.count() == 24
    assert job.result["scored"] == 24 + 18
    assert ModelSignal.objects.filter(kind="surprise").count() == 24
    assert ModelSignal.objects.filter(kind="uncertainty").count() == 24
    assert all(row.surprise > 0 and row.uncertainty > 0 for row in ranking(campaign))


def test_disagreement_comes_from_models_not_trained_on_the_source(campaign):
    train(campaign)
    run_one("gpu")
    run_one("gpu")
    run = TrainingRun.objects.get()
    fold_of = {
        sha: model.pk for model in run.models.exclude(fold=None) for sha in model.fold_sources
    }
    honest = out_of_fold_rewards(run)
    assert len(honest) == 24
    for (source, _, _), reward in honest.items():
        if source in fold_of:
            assert reward.model_id == fold_of[source]
        else:
            assert reward.model.fold is None


def test_rescoring_again_scores_only_new_edits(campaign):
    train(campaign)
    run_one("gpu")
    run_one("gpu")
    before = set(Reward.objects.values_list("pk", flat=True))
    start_rescoring(campaign=campaign.public_id, actor=None)
    job = run_one("gpu")
    assert (job.state, job.result["scored"]) == ("done", 0)
    assert set(Reward.objects.values_list("pk", flat=True)) == before


def test_one_training_at_a_time(campaign):
    train(campaign)
    with pytest.raises(RunRefused, match="queued or running"):
        train(campaign)
    assert TrainingRun.objects.count() == Job.objects.count() == 1


def test_an_unknown_setting_fails_the_run_by_name_and_registers_nothing(campaign):
    train(campaign, learning_rate=3)
    job = run_one("gpu")
    assert job.state == "failed"
    assert "'learning_rate'" in job.error
    assert not RewardModel.objects.exists()
    assert TrainingRun.objects.get().finished_at is None


def test_a_campaign_without_judgments_is_refused_with_the_reason():
    with pytest.raises(RunRefused, match="Nobody has judged anything"):
        train(make_unjudged())
    assert not Job.objects.exists()
    assert not TrainingRun.objects.exists()


def make_unjudged():
    from tests.factories import make_campaign, make_comparison

    campaign = make_campaign()
    for _ in range(4):
        make_comparison(campaign=campaign, files=True)
    return campaign


def test_cancelling_a_run_stops_it_and_registers_nothing(campaign):
    run = train(campaign, epochs=500)
    job = Job.objects.get(public_id=run.job_id)

    def cancel_soon():
        from django.db import connection

        try:
            while not run.points.exists():
                pass
            jobs.cancel(job)
        finally:
            connection.close()

    import threading

    thread = threading.Thread(target=cancel_soon)
    thread.start()
    ended = run_one("gpu")
    thread.join()
    assert ended.state == "cancelled"
    assert not RewardModel.objects.exists()


def test_rescoring_without_a_finished_run_is_refused(campaign):
    with pytest.raises(RunRefused, match="No model"):
        start_rescoring(campaign=campaign.public_id, actor=None)
    assert not Job.objects.exists()


def test_the_command_trains_here_and_reports(campaign, capsys, tmp_path):
    config = tmp_path / "config.json"
    config.write_text(json.dumps(SMALL))
    call_command("train_reward", campaign.slug, config=config, here=True, json=True)
    result = json.loads(capsys.readouterr().out)
    assert result["held_out"]["n"] == 6
    assert result["promoted"] is result["check"]["promoted"]
    assert result["check"]["reason"]


def test_the_command_trains_on_a_folder_without_a_campaign(campaign, capsys, tmp_path):
    call_command("snapshot", campaign.slug, out=tmp_path / "frozen")
    capsys.readouterr()
    config = tmp_path / "config.json"
    config.write_text(json.dumps(SMALL))
    out = tmp_path / "model"
    call_command("train_reward", snapshot=tmp_path / "frozen", out=out, config=config, json=True)
    result = json.loads(capsys.readouterr().out)
    assert result["held_out"]["n"] == 6
    assert (out / "model.safetensors").exists()
    card = json.loads((out / "reward_model.json").read_text())
    assert card["snapshot_sha256"] == result["snapshot"]
    with pytest.raises(CommandError, match="holds a reward model already") as refusal:
        call_command("train_reward", snapshot=tmp_path / "frozen", out=out, config=config)
    assert refusal.value.returncode == 2


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ("[]", "must be a JSON object"),
        ('[["epochs", 1]]', "must be a JSON object"),
        ("{", "Expecting property name"),
        ('{"target": "votes"}', "target is one of verdict, scores, not 'votes'"),
        ('{"n_folds": 2}', "folds are 3 to 10, not 2"),
        ('{"n_folds": null}', "folds are 3 to 10, not None"),
        ('{"n_folds": 3.5}', "folds are 3 to 10, not 3.5"),
        ('{"lr": NaN}', "NaN is not a finite number"),
        ('{"lr": 1e999}', "1e999 is not a finite number"),
        ('{"epochs": "many"}', "epochs is 'many', expected a whole number"),
        ('{"momentum": 1}', "unknown training setting 'momentum'"),
        ('{"backbone": "huge"}', "backbone is one of compact, qwen2.5-vl, qwen3-vl, not 'huge'"),
    ],
)
def test_a_bad_config_ends_with_2_and_queues_nothing(campaign, tmp_path, config, words):
    path = tmp_path / "config.json"
    path.write_text(config)
    with pytest.raises(CommandError, match=words) as refusal:
        call_command("train_reward", campaign.slug, config=path)
    assert refusal.value.returncode == 2
    assert not Job.objects.exists()


def test_the_command_refuses_a_campaign_that_nobody_has_judged(media_root):
    with pytest.raises(CommandError, match="Nobody has judged anything") as refusal:
        call_command("train_reward", make_unjudged().slug)
    assert refusal.value.returncode == 2
    assert not Job.objects.exists()
    assert not TrainingRun.objects.exists()
