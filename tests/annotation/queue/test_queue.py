"""What enters the queue, and what is sent back to other people."""

import math

import pytest
from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from annotation.errors import DomainError, HeldOutNeverSentBack
from annotation.feedback.send_backs import send_back
from annotation.models import Comparison, Membership, QueueEntry, SendBack
from annotation.queue.services.leases import lease_next
from annotation.queue.services.queue import enqueue_comparisons
from annotation.queue.services.returns import skip
from tests import factories as make
from tests.annotation.invariants import check_queue, everything

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign():
    return make.make_campaign(overlap=1)


@pytest.fixture
def people(campaign):
    return [make.make_member(campaign) for _ in range(3)]


def enqueue(campaign, *comparisons, policy="all", propensity=1.0):
    return enqueue_comparisons(
        campaign=campaign,
        propensities={c.pk: propensity for c in comparisons},
        policy=policy,
    )


def back(*comparisons, raised_by=1, cause="people disagree", actor=None, **how):
    return send_back(comparisons=comparisons, raised_by=raised_by, cause=cause, actor=actor, **how)


def judged(campaign, person):
    """Return a comparison that left the queue with one answer."""
    comparison = make.make_queued(campaign=campaign)
    make.submit(lease_next(campaign=campaign, annotator=person).assignments[0])
    return Comparison.objects.get(pk=comparison.pk)


def test_comparisons_enter_the_lane_of_their_sources_arm(campaign):
    plain = make.make_comparison(campaign=campaign, overlap=3)
    drawn = make.make_comparison(make.make_item(campaign, random_arm=True))
    kept = make.make_comparison(make.make_item(campaign, held_out=True))
    assert enqueue(campaign, plain, drawn, kept, policy="balanced", propensity=0.5) == 5
    entries = {e.comparison_id: e for e in QueueEntry.objects.all()}
    assert [entries[c.pk].lane for c in (plain, drawn, kept)] == ["coverage", "random", "random"]
    slots = [sorted(c.queue.values_list("slot", flat=True)) for c in (plain, drawn, kept)]
    assert slots == [[1, 2, 3], [1], [1]]
    assert {(e.policy, e.propensity) for e in entries.values()} == {("balanced", 0.5)}
    assert len({e.draw_key for e in entries.values()}) == 3
    assert len({math.floor(e.draw_key) for e in entries.values()}) == 1


def test_entering_again_changes_nothing(campaign):
    comparison = make.make_comparison(campaign=campaign)
    enqueue(campaign, comparison)
    before = everything()
    assert enqueue(campaign, comparison, policy="other") == 0
    assert everything() == before


def test_what_nobody_may_judge_does_not_enter(campaign, people):
    full = judged(campaign, people[0])
    gone = make.make_comparison(campaign=campaign, withdrawn_at=Now())
    held = make.make_comparison(campaign=campaign, held_at=Now())
    orphan = make.make_comparison(make.make_item(campaign, withdrawn_at=Now()))
    elsewhere = make.make_comparison(campaign=make.make_campaign())
    assert enqueue(campaign, full, gone, held, orphan, elsewhere) == 0
    assert not QueueEntry.objects.exists()


def test_a_propensity_is_a_probability(campaign):
    comparison = make.make_comparison(campaign=campaign)
    with pytest.raises(IntegrityError), transaction.atomic():
        enqueue(campaign, comparison, propensity=1.5)
    assert enqueue(campaign, comparison, propensity=None) == 1


def test_a_draw_key_is_a_hash_of_the_campaigns_seed():
    keys = []
    for seed in (1, 2):
        campaign = make.make_campaign(seed=seed)
        comparison = make.make_comparison(campaign=campaign)
        for _ in range(2):
            QueueEntry.objects.all().delete()
            enqueue(campaign, comparison)
            keys.append(QueueEntry.objects.first().draw_key % 1)
    assert keys[0] == pytest.approx(keys[1], abs=1e-9)
    assert keys[2] == pytest.approx(keys[3], abs=1e-9)
    assert keys[0] != pytest.approx(keys[2], abs=1e-9)


def test_a_judged_comparison_comes_to_somebody_else_in_the_disagreement_lane(campaign, people):
    comparison = judged(campaign, people[0])
    lead = make.make_member(campaign, role="lead")
    result = back(
        comparison,
        cause="0.9 bits",
        actor=lead,
        model="m1",
        propensities={comparison.pk: 0.4},
    )
    assert (result.sent, result.held, result.left_out) == ([comparison.pk], [], {})
    comparison.refresh_from_db()
    assert comparison.overlap == 2
    log = SendBack.objects.get()
    assert (log.raised_by, log.cause, log.model, log.propensity) == (1, "0.9 bits", "m1", 0.4)
    assert log.actor == lead
    assert lease_next(campaign=campaign, annotator=people[0]).reason == "done"
    (assignment,) = lease_next(campaign=campaign, annotator=people[1]).assignments
    assert (assignment.lane, assignment.propensity) == ("disagreement", 0.4)
    assert assignment.slot == 2
    make.submit(assignment)
    assert not QueueEntry.objects.exists()
    check_queue()


def test_a_hand_picked_send_back_records_no_propensity(campaign, people):
    comparison = judged(campaign, people[0])
    back(comparison)
    assert SendBack.objects.get().propensity is None
    entry = QueueEntry.objects.get()
    assert (entry.policy, entry.propensity, entry.slot) == ("hand_picked", None, 2)


def test_sending_back_what_still_waits_adds_to_its_free_places(campaign, people):
    comparison = make.make_queued(campaign=campaign, overlap=1)
    back(comparison)
    waiting = QueueEntry.objects.order_by("slot").values_list("slot", "lane")
    assert list(waiting) == [(1, "coverage"), (2, "disagreement")]
    check_queue()


def test_a_held_out_source_is_never_sent_back_and_nothing_else_goes_with_it(campaign, people):
    plain = judged(campaign, people[0])
    kept = make.make_comparison(make.make_item(campaign, held_out=True))
    before = everything()
    with pytest.raises(HeldOutNeverSentBack, match=r"(?i)held-out") as said:
        back(plain, kept)
    assert str(kept.public_id) in str(said.value)
    assert str(plain.public_id) not in str(said.value)
    assert everything() == before


def test_a_random_arm_source_that_is_not_held_out_may_be_sent_back(campaign, people):
    comparison = make.make_comparison(make.make_item(campaign, random_arm=True))
    assert back(comparison).sent == [comparison.pk]


@pytest.mark.parametrize("raised_by", [0, -1, 21])
def test_a_raise_is_bounded(campaign, people, raised_by):
    comparison = judged(campaign, people[0])
    before = everything()
    with pytest.raises(DomainError, match="raised by 1 to 20"):
        back(comparison, raised_by=raised_by)
    assert everything() == before


def test_where_nobody_is_left_the_lead_decides(campaign):
    alone = make.make_member(campaign)
    comparison = judged(campaign, alone)
    result = back(comparison)
    assert (result.sent, result.held) == ([], [comparison.pk])
    comparison.refresh_from_db()
    assert comparison.held_at is not None
    assert comparison.held_reason
    assert comparison.overlap == 1
    assert not SendBack.objects.exists()
    assert not QueueEntry.objects.exists()


def test_no_more_are_asked_than_are_left(campaign, people):
    comparison = judged(campaign, people[0])
    Membership.objects.filter(user=people[2]).update(paused_at=Now())
    assert back(comparison, raised_by=5).sent == [comparison.pk]
    comparison.refresh_from_db()
    assert (comparison.overlap, SendBack.objects.get().raised_by) == (2, 1)
    again = back(comparison)
    assert list(again.left_out) == [comparison.pk]
    comparison.refresh_from_db()
    assert comparison.overlap == 2
    check_queue()


def test_who_skipped_is_not_left(campaign, people):
    comparison = make.make_queued(campaign=campaign)
    for person in people:
        assignment = lease_next(campaign=campaign, annotator=person).assignments[0]
        skip(assignment_public_id=assignment.public_id, annotator=person, reason="no")
    assert back(comparison).held == [comparison.pk]


def test_withdrawn_and_held_comparisons_are_left_out(campaign, people):
    gone = make.make_comparison(campaign=campaign, withdrawn_at=Now())
    held = make.make_comparison(campaign=campaign, held_at=Now())
    before = everything()
    result = back(gone, held)
    assert set(result.left_out) == {gone.pk, held.pk}
    assert "withdrawn" in result.left_out[gone.pk]
    assert "lead" in result.left_out[held.pk]
    assert everything() == before
