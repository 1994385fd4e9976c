import pytest
from django.db.models.functions import Now

from annotation.adjudication.services.claims import JUDGED, NOT_OFFERED, TAKEN, claim
from annotation.adjudication.services.hand_over import hand_over, take_back
from annotation.errors import DomainError
from annotation.models import Assignment, CampaignEvent, Comparison, Judgment, Lane, QueueEntry
from annotation.people.services import remove_role
from annotation.queue.services.returns import heartbeat, release
from tests import factories as make
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
    return campaign_with_lead()[0]


@pytest.fixture
def lead(campaign):
    return campaign.memberships.get(role="lead").user


def offered(campaign):
    rows = QueueEntry.objects.filter(campaign=campaign, lane=Lane.ADJUDICATION)
    return set(rows.values_list("comparison", flat=True))


def rows_of(campaign):
    return (
        list(Assignment.objects.order_by("pk").values()),
        list(QueueEntry.objects.order_by("pk").values()),
    )


def test_two_adjudicators_get_different_disputes_and_their_own_again(campaign):
    one, other = contest(campaign), contest(campaign)
    offer_all(campaign, one, other)
    alice, bob = adjudicator(campaign), adjudicator(campaign)
    first, second = (claim(campaign=campaign, user=user) for user in (alice, bob))
    assert [first.comparison_id, second.comparison_id] == [one.pk, other.pk]
    assert claim(campaign=campaign, user=alice).pk == first.pk
    assert claim(campaign=campaign, user=adjudicator(campaign)) is None


def test_nobody_decides_what_they_judged(campaign, lead):
    comparison = contest(campaign)
    judge = Judgment.objects.filter(comparison=comparison).first().annotator
    make.make_member(campaign, judge, role="adjudicator")
    offer_all(campaign, comparison)
    assert claim(campaign=campaign, user=judge) is None
    make.make_member(campaign, judge, role="lead")
    before = rows_of(campaign)
    with pytest.raises(DomainError, match=JUDGED):
        claim(campaign=campaign, user=judge, named=comparison)
    assert rows_of(campaign) == before


def test_a_claim_that_expires_goes_to_somebody_else_and_the_late_answer_does_not_count(campaign):
    comparison = contest(campaign)
    offer_all(campaign, comparison)
    late = claim(campaign=campaign, user=adjudicator(campaign))
    make.let_expire(late)
    taken = claim(campaign=campaign, user=adjudicator(campaign))
    assert taken.comparison_id == comparison.pk
    assert answer(late).surplus
    assert not answer(taken).surplus
    assert offered(campaign) == set()


def test_a_late_answer_counts_while_nobody_has_the_dispute_and_nobody_gets_it_again(campaign):
    comparison = contest(campaign)
    offer_all(campaign, comparison)
    late = claim(campaign=campaign, user=adjudicator(campaign))
    release(assignment_public_id=late.public_id, annotator=late.annotator)
    assert offered(campaign) == {comparison.pk}
    assert not answer(late).surplus
    assert offered(campaign) == set()
    assert claim(campaign=campaign, user=adjudicator(campaign)) is None


def test_a_lead_decides_what_nobody_was_offered_but_not_what_somebody_holds(campaign, lead):
    comparison = contest(campaign)
    mine = claim(campaign=campaign, user=lead, named=comparison)
    assert heartbeat(assignment_public_id=mine.public_id, annotator=lead) is not None
    other = make.make_member(campaign, role="lead")
    before = rows_of(campaign)
    with pytest.raises(DomainError, match=TAKEN):
        claim(campaign=campaign, user=other, named=comparison)
    with pytest.raises(DomainError, match=NOT_OFFERED):
        claim(campaign=campaign, user=adjudicator(campaign), named=contest(campaign))
    assert rows_of(campaign)[0][:1] == before[0][:1]
    assert answer(mine).surplus is False
    assert Comparison.objects.get(pk=comparison.pk).settled_at is not None


@pytest.mark.parametrize("state", ["draft", "paused", "closed"])
def test_a_campaign_that_is_not_open_gives_no_dispute_out(state):
    campaign, lead = campaign_with_lead()
    comparison = contest(campaign)
    offer_all(campaign, comparison)
    campaign.state = state
    campaign.save(update_fields=["state"])
    before = rows_of(campaign)
    with pytest.raises(DomainError, match="nothing is sent"):
        claim(campaign=campaign, user=lead)
    assert rows_of(campaign) == before


def test_a_closed_campaign_hands_nothing_over():
    campaign, lead = campaign_with_lead(state="closed")
    contest(campaign)
    adjudicator(campaign)
    with pytest.raises(DomainError, match="closed"):
        hand_over(campaign=campaign, kinds=[], at_most=9, actor=lead)
    assert offered(campaign) == set()
    assert not CampaignEvent.objects.filter(verb="disputes_handed_over").exists()


def test_a_removed_adjudicator_returns_what_he_holds(campaign, lead):
    comparison = contest(campaign)
    offer_all(campaign, comparison)
    person = adjudicator(campaign)
    claim(campaign=campaign, user=person)
    remove_role(campaign=campaign, user=person, role="adjudicator", actor=lead)
    assert offered(campaign) == {comparison.pk}
    with pytest.raises(DomainError, match="Only adjudicators and leads"):
        claim(campaign=campaign, user=person)


def test_a_withdrawn_comparison_is_given_to_nobody(campaign):
    comparison = contest(campaign)
    offer_all(campaign, comparison)
    Comparison.objects.filter(pk=comparison.pk).update(withdrawn_at=Now())
    assert claim(campaign=campaign, user=adjudicator(campaign)) is None


def test_the_most_urgent_are_handed_over_first_and_only_what_somebody_may_decide(campaign, lead):
    person = adjudicator(campaign)
    held = make.make_comparison(campaign=campaign, held_at=Now(), held_reason="x")
    apart = contest(campaign, FIRST, SECOND)
    judged = make.make_comparison(campaign=campaign, overlap=2)
    make.make_judgment(judged, person, slot=1, ranks=FIRST)
    make.make_judgment(judged, slot=2, ranks=SECOND)
    done = hand_over(campaign=campaign, kinds=[], at_most=9, actor=lead)
    assert [row.comparison_id for row in done.chosen] == [apart.pk, held.pk]
    assert done.left_out == {"No adjudicator is left who has not judged it.": 1}
    assert claim(campaign=campaign, user=person).comparison_id == apart.pk
    again = hand_over(campaign=campaign, kinds=[], at_most=9, actor=lead)
    assert again.chosen == []


def test_only_the_chosen_reasons_and_number_are_handed_over(campaign, lead):
    adjudicator(campaign)
    make.make_comparison(campaign=campaign, held_at=Now(), held_reason="x")
    apart = [contest(campaign) for _ in range(3)]
    done = hand_over(campaign=campaign, kinds=["no_majority"], at_most=2, actor=lead)
    assert [row.comparison_id for row in done.chosen] == [c.pk for c in apart[:2]]
    assert done.left_out == {"More than you asked for.": 1}
    assert offered(campaign) == {c.pk for c in apart[:2]}


def test_taking_back_ends_claims_and_leaves_the_rest_to_the_lead(campaign, lead):
    waiting, claimed = contest(campaign), contest(campaign)
    offer_all(campaign, claimed, waiting)
    mine = claim(campaign=campaign, user=adjudicator(campaign))
    assert take_back(campaign=campaign, actor=lead) == 2
    mine.refresh_from_db()
    assert mine.state == Assignment.State.RELEASED
    assert offered(campaign) == set()
    held = Comparison.objects.filter(held_at__isnull=False)
    assert set(held.values_list("pk", flat=True)) == {waiting.pk, claimed.pk}
    assert claim(campaign=campaign, user=lead, named=waiting) is not None


def test_skills_limit_what_an_adjudicator_is_given(campaign):
    comparison = contest(campaign)
    offer_all(campaign, comparison)
    person = make.make_member(campaign, role="adjudicator", categories=["faces"])
    assert claim(campaign=campaign, user=person) is None
