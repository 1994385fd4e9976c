"""Whether enough is judged to train, and what the page says while it is not."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from annotation.common.steps import FIRST_TRAINING
from annotation.snapshots.training_votes import TrainingVotes, training_votes
from jobs.models import Job
from rewardsvc.models import TrainingRun
from rewardsvc.readiness import Readiness, readiness_of
from tests.factories import make_campaign, make_comparison, make_item, make_judgment, make_user
from tests.pages import part, parts

pytestmark = pytest.mark.django_db


def votes(n_judgments=0, n_sources=3, n_held_out=1, per_hour=None):
    return TrainingVotes(n_judgments, n_sources, n_held_out, per_hour)


def judged(campaign, *, held_out=False, age=timedelta(0), **columns):
    """Make an answer about a source of its own, given so long ago."""
    item = make_item(campaign, random_arm=held_out, held_out=held_out)
    columns["created_at"] = timezone.now() - age
    return make_judgment(make_comparison(item), **columns)


def test_only_sources_with_a_winner_can_be_learned_from(django_assert_num_queries):
    campaign = make_campaign()
    judged(campaign)
    judged(campaign, held_out=True)
    judged(campaign, ranks=[1, 1], tie_kind="good")
    judged(campaign, lane="gold")
    judged(make_campaign())
    with django_assert_num_queries(2):
        found = training_votes(campaign)
    assert (found.n_judgments, found.n_sources, found.n_held_out) == (3, 1, 1)


def test_the_speed_is_that_of_the_last_day_and_unknown_in_the_first_minutes():
    campaign = make_campaign()
    assert training_votes(campaign).per_hour is None
    judged(campaign, age=timedelta(minutes=2))
    assert training_votes(campaign).per_hour is None
    judged(campaign, age=timedelta(hours=4))
    judged(campaign, age=timedelta(hours=30))
    assert training_votes(campaign).per_hour == pytest.approx(0.5, rel=0.01)


@pytest.mark.parametrize(
    ("missing", "per_hour", "said"),
    [
        (100, None, ""),
        (100, 200, "within the hour"),
        (100, 100, "in about 1 hour"),
        (100, 4, "in about 25 hours"),
        (240, 2, "in about 5 days"),
        (0, 4, ""),
    ],
)
def test_when_enough_is_there_follows_from_the_speed(missing, per_hour, said):
    ready = Readiness(votes(FIRST_TRAINING - missing, per_hour=per_hour))
    assert ready.wait == said


def test_a_training_needs_a_source_for_each_fold_and_is_worth_it_later():
    assert not Readiness(votes(n_sources=2)).can_train
    early = Readiness(votes(FIRST_TRAINING - 1))
    assert (early.can_train, early.is_enough) == (True, False)
    assert Readiness(votes(FIRST_TRAINING)).is_enough


def models_page(campaign, lead):
    client = Client()
    client.force_login(lead)
    return client.get(reverse("models", args=[campaign.slug]))


def train_button(shown):
    return next(one for one in parts(shown, "button.primary") if one.text == "Train")


def test_before_enough_is_judged_the_page_names_what_is_missing():
    lead = make_user("lead")
    campaign = make_campaign(lead=lead)
    shown = models_page(campaign, lead)
    assert part(shown, "[data-ready]").attributes["data-ready"] == "no"
    assert "disabled" in train_button(shown).attributes
    assert reverse("people", args=[campaign.slug]) in shown.content.decode()
    for _ in range(3):
        judged(campaign, age=timedelta(hours=1))
    judged(campaign, held_out=True, age=timedelta(hours=2))
    shown = models_page(campaign, lead)
    early = part(shown, "[data-ready]")
    assert early.attributes["data-ready"] == "early"
    assert "4 of some 300" in early.text
    assert "2 an hour" in early.text
    assert "in about 6 days" in early.text
    assert "disabled" not in train_button(shown).attributes
    assert readiness_of(campaign).can_be_checked


def post_training(campaign, lead):
    client = Client()
    client.force_login(lead)
    fields = {"configuration": "compact", "target": "verdict", "n_folds": 3, "epochs": 2, "seed": 0}
    return client.post(reverse("run-start", args=[campaign.slug]), fields)


def test_a_training_with_a_source_too_few_is_refused_and_nothing_is_queued():
    lead = make_user("lead")
    campaign = make_campaign(lead=lead)
    for _ in range(2):
        judged(campaign)
    judged(campaign, held_out=True)
    judged(campaign, ranks=[1, 1], tie_kind="bad")
    answer = post_training(campaign, lead)
    assert answer.status_code == 422
    assert "needs 3 sources" in answer.content.decode()
    assert "There are 2 so far." in answer.content.decode()
    assert not TrainingRun.objects.exists()
    assert not Job.objects.exists()
    judged(campaign)
    assert post_training(campaign, lead).status_code == 302
    assert TrainingRun.objects.get().campaign == campaign.public_id
