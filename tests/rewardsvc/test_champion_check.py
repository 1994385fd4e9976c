"""The champion check of a run, by hand and by rule, and whose rewards the loop goes on with."""

import pytest
import torch

from annotation.campaigns.events import recent_events
from annotation.common.scratch import scratch_folder
from annotation.models import ModelSignal
from jobs.models import Job
from jobs.runner import run_one
from rewardsvc.core import checkpoint
from rewardsvc.core.compact.model import CompactRewardModel
from rewardsvc.core.compact.settings import CompactSettings
from rewardsvc.models import RewardModel
from rewardsvc.services import runs
from rewardsvc.services.checkpoints import discard, store
from rewardsvc.services.runs import RunRequest, start_run
from tests.annotation.studies import make_study
from tests.factories import make_user
from tests.rewardsvc.test_jobs import quiet_broker  # noqa: F401 - a fixture
from tests.rewardsvc.test_registry import make_model

pytestmark = pytest.mark.django_db(transaction=True)

SMALL = {"batch_items": 4, "model": {"image_size": 64}}
LEARNED, UNTRAINED = {"epochs": 4}, {"epochs": 1, "lr": 1e-6}


@pytest.fixture
def work_root(media_root, settings, tmp_path):
    settings.WORK_ROOT = tmp_path / "work"


@pytest.fixture
def study(work_root):
    """Twelve held-out sources; on three of them people judge one pair of three the other way."""
    return make_study(n_items=26, held_out=12, odd=(1, 4, 8))[0]


def trained(campaign, *, target="verdict", **config):
    """Return a finished run of a campaign."""
    request = RunRequest(config=SMALL | config, target=target)
    run = start_run(campaign=campaign.public_id, actor=None, request=request)
    Job.objects.filter(kind=runs.RESCORE).delete()
    job = run_one("gpu")
    assert (job.state, job.error) == ("done", "")
    run.refresh_from_db()
    assert job.result["promoted"] == run.metrics["check"]["promoted"]
    return run


def final(run):
    return run.models.get(fold=None)


def champion():
    return RewardModel.objects.filter(is_champion=True).first()


def test_without_a_decided_held_out_pair_no_model_is_promoted_and_the_loop_continues(work_root):
    campaign = make_study(n_items=6, held_out=0)[0]
    run = trained(campaign, epochs=1)
    check = run.metrics["check"]
    assert (check["promoted"], check["measured"], check["looks"]) == (False, None, 0)
    assert "No held-out pair" in check["reason"]
    assert champion() is None
    assert not [each for each in recent_events(campaign) if "champion" in each.what]
    job = run_one("gpu")
    assert (job.kind, job.state, job.error) == (runs.RESCORE, "done", "")
    assert {row.model for row in ModelSignal.objects.all()} == {str(final(run).public_id)}


def test_a_first_model_no_better_than_chance_is_not_promoted(study):
    check = trained(study, **UNTRAINED).metrics["check"]
    assert (check["kind"], check["promoted"], check["champion"]) == ("first", False, None)
    assert check["measured"]["low"] <= 0.5
    assert champion() is None


def test_a_challenger_is_promoted_on_a_significant_gain_only(study):
    first = trained(study, **LEARNED)
    check = first.metrics["check"]
    assert check["measured"]["low"] > 0.5
    assert (check["promoted"], champion()) == (True, final(first))
    # The same again gains nothing, and a worse one loses.
    for config in (LEARNED, UNTRAINED):
        run = trained(study, **config)
        check = run.metrics["check"]
        assert (check["kind"], check["promoted"]) == ("challenger", False)
        assert check["champion"] == str(final(first).public_id)
        assert check["measured"]["n"] == run.metrics["champion_held_out"]["n"] == 36
        assert champion() == final(first)
    assert check["looks"] == 2
    assert check["measured"]["value"] == pytest.approx(
        run.metrics["held_out"]["value"] - run.metrics["champion_held_out"]["value"]
    )
    # With the bad one in its place the good one gains.
    runs.promote(model=final(run), actor=make_user(), reason="To see it replaced.")
    last = trained(study, **LEARNED)
    assert last.metrics["check"]["promoted"]
    assert champion() == final(last)


def test_a_champion_chosen_while_a_run_trained_is_not_replaced(study, monkeypatch):
    meanwhile = placed(study)
    real = runs.register_models

    def choose_first(**options):
        runs.promote(model=meanwhile, actor=make_user(), reason="Meanwhile.")
        return real(**options)

    monkeypatch.setattr(runs, "register_models", choose_first)
    check = trained(study, **LEARNED).metrics["check"]
    assert check["measured"]["low"] > 0.5
    assert not check["promoted"]
    assert "Another model was made champion" in check["reason"]
    assert champion() == meanwhile


def test_a_model_trained_on_another_target_is_not_promoted(study):
    standing = placed(study, is_champion=True)
    check = trained(study, target="scores", **UNTRAINED).metrics["check"]
    assert (check["promoted"], check["measured"]) == (False, None)
    assert "learned from the majority of verdicts" in check["reason"]
    assert champion() == standing


def test_a_model_without_a_dimension_of_the_champion_is_not_promoted(study):
    standing = placed(study, "instruction_following", "identity", is_champion=True)
    check = trained(study, **UNTRAINED).metrics["check"]
    assert (check["promoted"], check["measured"]) == (False, None)
    assert "does not judge identity" in check["reason"]
    assert champion() == standing


def test_a_model_with_more_dimensions_is_compared_by_its_overall_reward(study):
    placed(study, "visual_quality", is_champion=True)
    run = trained(study, **UNTRAINED)
    check, standing = run.metrics["check"], run.metrics["champion_held_out"]
    assert check["measured"]["n"] == standing["n"] == 36
    assert check["measured"]["value"] == pytest.approx(
        run.metrics["held_out"]["value"] - standing["value"]
    )


def test_a_champion_whose_files_are_gone_is_named_and_the_run_is_kept(study):
    standing = placed(study, is_champion=True)
    discard(standing.path)
    run = trained(study, **UNTRAINED)
    assert not run.metrics["check"]["promoted"]
    assert "cannot be asked" in run.metrics["check"]["reason"]
    assert run.models.count() == 4
    assert champion() == standing


def placed(campaign, *dimensions, **columns):
    """Return the final model of an earlier run: an untrained checkpoint in the storage."""
    known = list(dimensions or ("instruction_following", "visual_quality"))
    model = make_model(campaign, dimensions=known, **columns)
    torch.manual_seed(1)
    network = CompactRewardModel(CompactSettings(image_size=64).config(known))
    with scratch_folder("model") as folder:
        checkpoint.save(folder, network, checkpoint.ModelCard("0" * 64, ("1",), "test"))
        store(model, folder)
    return model
