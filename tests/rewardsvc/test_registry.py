"""Who is champion, since when and by whom; where models come from; what a run can start with."""

import json

import pytest
from django.urls import reverse

from annotation.selectors.events import recent_events
from jobs.models import Job
from rewardsvc.configurations import BadConfiguration, configurations, read_configuration
from rewardsvc.errors import RunRefused
from rewardsvc.models import RewardModel, TrainingRun
from rewardsvc.services import runs
from tests.factories import make_campaign, make_user
from tests.rewardsvc.test_jobs import quiet_broker  # noqa: F401 - a fixture

pytestmark = pytest.mark.django_db


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
        campaign=campaign.public_id, run=run, fold=fold, dimensions=["a"], path=path, **columns
    )


def champion():
    return RewardModel.objects.get(is_champion=True)


def test_a_lead_makes_an_earlier_model_champion_and_it_scores_every_edit(client, lead, campaign):
    earlier, standing = make_model(campaign), make_model(campaign, is_champion=True)
    client.force_login(lead)
    page = reverse("run-champion", args=[campaign.slug, earlier.run.public_id])
    answer = client.post(page)
    assert answer.status_code == 302
    assert champion() == earlier
    earlier.refresh_from_db()
    assert (earlier.promoted_by, earlier.promoted_at is None) == (lead, False)
    told = recent_events(campaign)[0]
    assert (told.who, told.what) == (
        lead.username,
        f"made reward model {str(earlier.public_id)[:8]} the champion (chosen by hand)",
    )
    job = Job.objects.get(kind=runs.RESCORE)
    assert (job.state, job.payload["model"]) == ("queued", str(earlier.public_id))
    shown = client.get(reverse("models", args=[campaign.slug])).content.decode()
    assert shown.count(">Champion<") == 1
    assert shown.count(">Former champion<") == 0  # the other one was never promoted
    runs.promote(model=standing, actor=lead)
    shown = client.get(reverse("models", args=[campaign.slug])).content.decode()
    assert shown.count(">Former champion<") == 1


def test_making_the_champion_champion_again_changes_nothing(lead, campaign):
    model = make_model(campaign, is_champion=True)
    runs.promote(model=model, actor=lead)
    model.refresh_from_db()
    assert model.promoted_by is None
    assert not Job.objects.exists()
    assert not [e for e in recent_events(campaign) if "champion" in e.what]


def test_a_fold_model_cannot_be_champion(lead, campaign):
    standing = make_model(campaign, is_champion=True)
    with pytest.raises(RunRefused, match="only final models"):
        runs.promote(model=make_model(campaign, fold=0), actor=lead)
    assert champion() == standing
    assert not Job.objects.exists()


def test_a_run_without_a_model_makes_no_champion(client, lead, campaign):
    standing = make_model(campaign, is_champion=True)
    client.force_login(lead)
    run = make_run(campaign)
    page = reverse("run-champion", args=[campaign.slug, run.public_id])
    shown = client.post(page, follow=True).content.decode()
    assert "This run has made no model." in shown
    assert champion() == standing


def test_a_rescoring_of_the_champion_before_gives_way_to_that_of_the_new_one(lead, campaign):
    first, second = make_model(campaign, is_champion=True), make_model(campaign)
    old = runs.start_rescoring(campaign=campaign.public_id, actor=lead)
    assert runs.start_rescoring(campaign=campaign.public_id, actor=lead) == old
    runs.promote(model=second, actor=lead)
    old.refresh_from_db()
    assert old.state == "cancelled"
    new = runs.active_job(campaign.public_id, runs.RESCORE)
    assert new.payload["model"] == str(second.public_id)
    assert first.pk != champion().pk


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
    told = {"title": "Ours", "about": "Longer.", "backbone": "compact", "settings": {"epochs": 9}}
    (tmp_path / "ours.json").write_text(json.dumps(told))
    (tmp_path / "broken.json").write_text("{")
    client.force_login(lead)
    shown = client.get(reverse("models", args=[campaign.slug])).content.decode()
    assert "Ours" in shown
    assert "Longer." in shown
    assert "Left out, since the file cannot be used: broken.json" in shown
    assert str(tmp_path) not in shown
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
    with pytest.raises(BadConfiguration, match=r"odd\.json: .*is not a finite number"):
        read_configuration(path)


def test_a_broken_file_does_not_bring_back_the_shipped_one_of_its_name(settings, tmp_path):
    settings.REWARD_CONFIGS = str(tmp_path)
    (tmp_path / "compact-paper.json").write_text("{")
    assert "compact-paper" not in [each.name for each in configurations()]


def test_a_folder_of_configurations_that_is_not_there_is_said(settings, tmp_path, caplog):
    settings.REWARD_CONFIGS = str(tmp_path / "nowhere")
    assert len(configurations()) >= 3
    assert "nowhere, which is no folder" in caplog.text
