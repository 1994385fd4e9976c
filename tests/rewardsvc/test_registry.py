"""Who is champion, since when and by whom; where models come from; what a run can start with."""

import json
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.timezone import now

from annotation.campaigns.events import recent_events
from jobs.models import Job
from rewardsvc.configurations import BadConfiguration, configurations, read_configuration
from rewardsvc.errors import RunRefused
from rewardsvc.models import RewardModel, RunPoint, TrainingRun
from rewardsvc.selectors import n_other_evaluations
from rewardsvc.services import runs
from tests.factories import make_campaign, make_comparison, make_judgment, make_user
from tests.pages import messages_of
from tests.rewardsvc.test_jobs import quiet_broker  # noqa: F401 - a fixture

pytestmark = pytest.mark.django_db

CHECK = {
    "kind": "first",
    "promoted": False,
    "reason": "No pair.",
    "measured": None,
    "smallest_passing": None,
    "needed_pairs": None,
    "needed_sources": None,
    "champion": None,
    "looks": 0,
}


@pytest.fixture
def lead():
    return make_user()


@pytest.fixture
def campaign(lead):
    return make_campaign(lead=lead)


def make_run(campaign, **columns):
    return TrainingRun.objects.create(
        campaign=campaign.public_id,
        backbone="compact",
        config={},
        target="verdict",
        n_folds=3,
        **columns,
    )


def make_model(campaign, *, run=None, fold=None, **columns):
    run = run or make_run(campaign)
    path = f"models/{run.public_id}/{fold}"
    return RewardModel.objects.create(
        campaign=campaign.public_id,
        run=run,
        fold=fold,
        path=path,
        **{"dimensions": ["a"]} | columns,
    )


def champion():
    return RewardModel.objects.get(is_champion=True)


def finished(campaign, *, days, **check):
    """Return the final model of a run that finished so many days ago."""
    model = make_model(campaign)
    metrics = {"check": CHECK | check, "held_out": None, "champion_held_out": None}
    TrainingRun.objects.filter(pk=model.run_id).update(
        finished_at=now() - timedelta(days=days), metrics=metrics
    )
    return model


def by_hand(client, campaign, model, reason):
    page = reverse("run-champion", args=[campaign.slug, model.run.public_id])
    return client.post(page, {"reason": reason}, follow=True)


def test_a_lead_makes_a_refused_model_champion_for_a_reason_on_record(client, lead, campaign):
    earlier, newest = finished(campaign, days=2), finished(campaign, days=1)
    client.force_login(lead)
    shown = by_hand(client, campaign, earlier, "  Better on faces, looked at 40.  ").text
    assert champion() == earlier
    earlier.refresh_from_db()
    assert (earlier.promoted_by, earlier.promoted_at is None) == (lead, False)
    assert earlier.promotion_reason == "Better on faces, looked at 40."
    event = recent_events(campaign)[0]
    assert event.who == lead.username
    for named in (str(earlier.public_id)[:8], earlier.promotion_reason):
        assert named in event.what
    assert f"by {lead.username}: {earlier.promotion_reason}" in shown
    # The loop goes on with the newest run, whoever is champion.
    assert not Job.objects.exists()
    runs.promote(model=newest, actor=lead, reason="Now the newest.")
    shown = client.get(reverse("models", args=[campaign.slug])).content.decode()
    assert shown.count(">Champion<") == shown.count(">Former champion<") == 1


@pytest.mark.parametrize("reason", ["", "   ", "x" * 501])
def test_without_a_reason_nobody_becomes_champion_by_hand(client, lead, campaign, reason):
    standing, other = make_model(campaign, is_champion=True), finished(campaign, days=1)
    client.force_login(lead)
    assert list(messages_of(by_hand(client, campaign, other, reason))) == ["error"]
    assert champion() == standing
    assert not [e for e in recent_events(campaign) if "champion" in e.what]


def test_neither_service_nor_database_takes_a_promotion_by_hand_without_a_reason(lead, campaign):
    model = finished(campaign, days=1)
    with pytest.raises(RunRefused, match="Say why"):
        runs.promote(model=model, actor=lead, reason=" ")
    named = pytest.raises(IntegrityError, match="model_promoted_by_hand_has_reason")
    with named, transaction.atomic():
        RewardModel.objects.filter(pk=model.pk).update(promoted_by=lead)
    assert not RewardModel.objects.filter(is_champion=True).exists()


def test_making_the_champion_champion_again_changes_nothing(lead, campaign):
    model = make_model(campaign, is_champion=True)
    runs.promote(model=model, actor=lead, reason="Again.")
    model.refresh_from_db()
    assert (model.promoted_by, model.promotion_reason) == (None, "")
    assert not [e for e in recent_events(campaign) if "champion" in e.what]


def test_a_fold_model_cannot_be_champion(lead, campaign):
    standing = make_model(campaign, is_champion=True)
    with pytest.raises(RunRefused, match="only final models"):
        runs.promote(model=make_model(campaign, fold=0), actor=lead, reason="Smaller.")
    assert champion() == standing


def test_a_run_without_a_model_makes_no_champion(client, lead, campaign):
    standing = make_model(campaign, is_champion=True)
    client.force_login(lead)
    run = make_run(campaign)
    page = reverse("run-champion", args=[campaign.slug, run.public_id])
    answer = client.post(page, {"reason": "It is there."}, follow=True)
    assert list(messages_of(answer)) == ["error"]
    assert champion() == standing


def test_edits_are_scored_by_the_newest_finished_run_and_an_earlier_rescoring_gives_way(
    lead, campaign
):
    first = finished(campaign, days=2)
    old = runs.start_rescoring(campaign=campaign.public_id, actor=lead)
    assert old.payload["model"] == str(first.public_id)
    assert runs.start_rescoring(campaign=campaign.public_id, actor=lead) == old
    second = finished(campaign, days=1)
    make_model(campaign)  # of a run that is at work
    runs.promote(model=first, actor=lead, reason="It stays.")
    assert runs.start_rescoring(campaign=campaign.public_id, actor=lead) != old
    old.refresh_from_db()
    assert old.state == "cancelled"
    new = runs.active_job(campaign.public_id, runs.RESCORE)
    assert new.payload["model"] == str(second.public_id)


NOTICE = "Rewards and disagreement come from a model that is not the champion."


def test_pages_fed_by_a_model_that_is_not_the_champion_say_so_and_why(client, lead, campaign):
    earlier = finished(campaign, days=2)
    newest = finished(campaign, days=1, reason="Its gain is too small.")
    client.force_login(lead)
    models = reverse("models", args=[campaign.slug])
    pages = [models, reverse("run", args=[campaign.slug, newest.run.public_id])]
    for page in pages:
        shown = client.get(page).content.decode()
        assert NOTICE in shown
        assert "Its gain is too small." in shown
        assert "there is none yet" in shown
    runs.promote(model=earlier, actor=lead, reason="The safer one.")
    of_champion = reverse("run", args=[campaign.slug, earlier.run.public_id])
    for page in pages:
        shown = client.get(page).content.decode()
        assert NOTICE in shown
        assert f'href="{of_champion}"' in shown
    assert NOTICE not in client.get(of_champion).content.decode()
    runs.promote(model=newest, actor=lead, reason="Good enough.")
    for page in pages:
        assert NOTICE not in client.get(page).content.decode()


def test_looks_count_other_runs_measured_on_the_held_out_sources(campaign):
    run_itself, others = make_run(campaign), [make_run(campaign) for _ in range(3)]
    of_another = make_run(make_campaign())
    for run in (run_itself, others[0], others[1], of_another):
        for epoch in (1, 2):
            RunPoint.objects.create(
                run=run, fold=-1, epoch=epoch, loss=1, held_out_accuracy=0.5, held_out_pairs=4
            )
    # A fold's accuracy, and a final one without held-out pairs, are no looks.
    RunPoint.objects.create(
        run=others[2], fold=0, epoch=1, loss=1, held_out_accuracy=0.5, held_out_pairs=4
    )
    RunPoint.objects.create(run=others[2], fold=-1, epoch=1, loss=1, held_out_pairs=0)
    assert n_other_evaluations(run_itself) == 2


def test_a_run_page_leads_to_its_model_snapshot_parent_and_successors(client, lead, campaign):
    parent = make_model(campaign, run=make_run(campaign, snapshot_sha256="ab" * 32))
    child = make_run(campaign, started_from=parent, snapshot_sha256="cd" * 32)
    client.force_login(lead)
    page = reverse("run", args=[campaign.slug, parent.run.public_id])
    other = reverse("run", args=[campaign.slug, child.public_id])
    shown = client.get(page).content.decode()
    for part in (str(parent.public_id), "ab" * 32, f'href="{other}"', "nothing: begun anew"):
        assert part in shown
    shown = client.get(other).content.decode()
    assert f'href="{page}"' in shown
    assert f'href="{reverse("snapshots", args=[campaign.slug])}"' in shown


def test_the_form_offers_every_usable_configuration_and_names_the_broken(
    client, lead, campaign, settings, tmp_path
):
    settings.REWARD_CONFIGS = str(tmp_path)
    content = {
        "title": "Ours",
        "about": "Longer.",
        "backbone": "compact",
        "settings": {"epochs": 9},
    }
    (tmp_path / "ours.json").write_text(json.dumps(content))
    (tmp_path / "broken.json").write_text("{")
    client.force_login(lead)
    shown = client.get(reverse("models", args=[campaign.slug])).content.decode()
    assert "Ours" in shown
    assert "Longer." in shown
    assert "broken.json" in shown
    assert str(tmp_path) not in shown
    for _ in range(3):
        make_judgment(make_comparison(campaign=campaign))
    asked = {"configuration": "ours", "target": "verdict", "n_folds": 3, "seed": 4}
    client.post(reverse("run-start", args=[campaign.slug]), asked)
    run = TrainingRun.objects.get()
    assert (run.configuration, run.config) == ("ours", {"epochs": 9, "seed": 4})


@pytest.mark.parametrize("name", ["broken", "../../etc/passwd", "/etc/passwd", ""])
def test_what_the_form_does_not_offer_starts_nothing(client, campaign, settings, tmp_path, name):
    settings.REWARD_CONFIGS = str(tmp_path)
    (tmp_path / "broken.json").write_text("{")
    client.force_login(make_user(is_superuser=True))
    asked = {"configuration": name, "target": "verdict", "n_folds": 3, "seed": 0}
    assert client.post(reverse("run-start", args=[campaign.slug]), asked).status_code == 422
    assert not TrainingRun.objects.exists()
    assert not Job.objects.exists()


@pytest.mark.parametrize("number", ["NaN", "1e999", "-Infinity"])
def test_a_configuration_with_a_number_that_no_database_holds_is_refused(tmp_path, number):
    path = tmp_path / "odd.json"
    path.write_text(
        f'{{"title": "", "about": "", "backbone": "compact", "settings": {{"lr": {number}}}}}'
    )
    with pytest.raises(BadConfiguration, match=r"odd\.json: .*finite"):
        read_configuration(path)


def test_a_broken_file_does_not_bring_back_the_shipped_one_of_its_name(settings, tmp_path):
    settings.REWARD_CONFIGS = str(tmp_path)
    (tmp_path / "compact-paper.json").write_text("{")
    assert "compact-paper" not in [each.name for each in configurations()]


def test_a_missing_folder_of_configurations_is_logged(settings, tmp_path, caplog):
    settings.REWARD_CONFIGS = str(tmp_path / "nowhere")
    assert len(configurations()) >= 3
    assert settings.REWARD_CONFIGS in caplog.text
