"""Several adjudicators and a lead at the same instant, on connections of their own."""

from functools import partial

import pytest

from annotation.adjudication.services.claims import claim
from annotation.adjudication.services.hand_over import hand_over, take_back
from annotation.errors import DomainError
from annotation.models import Assignment, Judgment, QueueEntry
from tests.annotation.adjudication.disputes import (
    adjudicator,
    answer,
    campaign_with_lead,
    contest,
    offer_all,
)
from tests.annotation.test_concurrency import together

pytestmark = pytest.mark.django_db(transaction=True)


def decide_all(campaign, user):
    """Claim and answer until nothing is given out; return the comparisons answered."""
    done = []
    while (assignment := claim(campaign=campaign, user=user)) is not None:
        answer(assignment)
        done.append(assignment.comparison_id)
    return done


def test_every_dispute_is_decided_once_however_many_decide():
    campaign, lead = campaign_with_lead()
    made = [contest(campaign) for _ in range(12)]
    people = [lead, *(adjudicator(campaign) for _ in range(3))]
    hand_over(campaign=campaign, kinds=[], at_most=99, actor=lead)
    results = together(*(partial(decide_all, campaign, person) for person in people))
    done = sorted(pk for result in results for pk in result)
    # Whoever finds the last ones taken at that instant stops; nothing is done twice.
    assert len(done) == len(set(done))
    left = set(QueueEntry.objects.filter(lane="adjudication").values_list("comparison", flat=True))
    assert set(done) | left == {comparison.pk for comparison in made}
    assert Judgment.objects.filter(lane="adjudication", surplus=True).count() == 0


def test_one_comparison_is_claimed_by_one_of_those_who_ask_for_it():
    campaign, lead = campaign_with_lead()
    comparison = contest(campaign)
    offer_all(campaign, comparison)
    people = [lead, *(adjudicator(campaign) for _ in range(3))]
    results = together(
        *(partial(claim, campaign=campaign, user=person, named=comparison) for person in people)
    )
    assert sum(isinstance(result, Assignment) for result in results) == 1
    assert sum(isinstance(result, DomainError) for result in results) == 3


def test_two_leads_who_hand_over_and_take_back_at_once_leave_no_double():
    campaign, lead = campaign_with_lead()
    for _ in range(6):
        contest(campaign)
    person = adjudicator(campaign)
    give = partial(hand_over, campaign=campaign, kinds=[], at_most=99, actor=lead)
    results = together(give, give, partial(claim, campaign=campaign, user=person))
    assert not any(isinstance(result, Exception) for result in results), results
    n_claimed = Assignment.objects.filter(state="leased").count()
    assert QueueEntry.objects.filter(lane="adjudication").count() + n_claimed == 6
    together(partial(take_back, campaign=campaign, actor=lead), give)
    offered = QueueEntry.objects.filter(lane="adjudication").values("comparison")
    assert offered.count() == offered.distinct().count()
