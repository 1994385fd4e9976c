from datetime import timedelta

import pytest
from django.db.models.functions import Now

from annotation.adjudication.selectors.figures import figures_of
from annotation.adjudication.services.claims import claim
from annotation.adjudication.services.decisions import decide
from annotation.models import Decision, Judgment, ModelSignal
from tests.annotation.adjudication.disputes import (
    FIRST,
    SECOND,
    adjudicator,
    answer,
    campaign_with_lead,
    contest,
    offer_all,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign():
    return campaign_with_lead(second_reading_percent=0)[0]


def decided(campaign, *verdicts, ranks=FIRST, policy="hand_picked", comparison=None, **how):
    comparison = comparison or contest(campaign, *verdicts)
    offer_all(campaign, comparison, policy=policy)
    assignment = claim(campaign=campaign, user=adjudicator(campaign))
    answer(assignment, ranks)
    decide(assignment=assignment, user=assignment.annotator, **{"cause": "gap"} | how)
    return comparison


def test_without_a_decision_every_share_is_undefined_with_its_reason(campaign):
    figures = figures_of(campaign)
    shares = [figures.resolved, figures.kept, figures.second_readings, figures.with_majority]
    assert [share.value for share in shares] == [None] * 4
    assert all(share.why for share in shares)
    assert (figures.n_decided, figures.hours, figures.people) == (0, None, [])


def test_what_is_left_to_taste_is_decided_and_not_resolved(campaign):
    decided(campaign)
    decided(campaign, cause="taste", is_resolved=False)
    figures = figures_of(campaign)
    assert (figures.n_decided, figures.resolved.value, figures.resolved.n) == (2, 0.5, 2)
    assert sorted(figures.by_cause) == [("Gap in the rubric", 1), ("Taste", 1)]
    assert figures.by_reason == [("No majority", 2)]


def test_the_majority_is_confirmed_where_there_was_one(campaign):
    decided(campaign, FIRST, FIRST, SECOND, ranks=FIRST)
    decided(campaign, FIRST, FIRST, SECOND, ranks=SECOND)
    decided(campaign, FIRST, SECOND)
    figures = figures_of(campaign)
    assert (figures.with_majority.k, figures.with_majority.n) == (1, 2)
    assert sum(line.same.n for line in figures.people) == 8


def test_second_readers_are_compared_with_the_first_and_not_counted_as_decisions(campaign):
    for ranks in (FIRST, SECOND):
        comparison = decided(campaign)
        decided(campaign, comparison=comparison, policy="second_reading", ranks=ranks)
    figures = figures_of(campaign)
    assert figures.n_decided == 2
    assert (figures.second_readings.k, figures.second_readings.n) == (1, 2)


def test_the_model_agrees_when_its_best_edit_is_the_decided_one(campaign):
    for rewards in ([0.9, 0.1], [0.1, 0.9], []):
        comparison = decided(campaign, ranks=FIRST)
        ModelSignal.objects.create(
            comparison=comparison, model="m", kind="surprise", value=1, priority=1, rewards=rewards
        )
    assert (figures_of(campaign).with_model.k, figures_of(campaign).with_model.n) == (1, 2)


def test_the_time_runs_from_the_last_vote(campaign):
    comparison = decided(campaign)
    last = Judgment.objects.filter(comparison=comparison, lane="coverage").latest("created_at")
    later = last.created_at + timedelta(hours=6)
    Decision.objects.update(created_at=later)
    assert figures_of(campaign).hours == pytest.approx(6)
    assert Decision.objects.filter(created_at__gt=Now()).exists()


def test_the_page_shows_each_figure_to_a_lead(client, campaign):
    decided(campaign, note="Say what a halo is.")
    client.force_login(campaign.memberships.get(role="lead").user)
    text = client.get(f"/c/{campaign.slug}/contested/figures/").content.decode()
    assert "Say what a halo is." in text
    assert "Gap in the rubric" in text
    assert "Nothing was read twice yet." in text
