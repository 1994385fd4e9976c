"""Handing out work: what comes, in which lane and order, and why nothing comes."""

from datetime import timedelta
from itertools import combinations, islice, pairwise

import pytest
from django.db.models.functions import Now
from django.http import Http404

from annotation.models import (
    Assignment,
    Campaign,
    Candidate,
    Comparison,
    Derivative,
    Item,
    Membership,
    QueueEntry,
)
from annotation.queue.services.leases import lease_next
from annotation.queue.services.queue import open_slots
from annotation.queue.services.returns import release
from tests import factories as make
from tests.annotation.invariants import check_queue, everything
from tests.annotation.queue.orders import tilt

pytestmark = pytest.mark.django_db


def lease(campaign, person, ahead=1):
    return lease_next(campaign=campaign, annotator=person, ahead=ahead)


@pytest.fixture
def campaign():
    return make.make_campaign(overlap=2, lease_minutes=30)


@pytest.fixture
def alice(campaign):
    return make.make_member(campaign)


@pytest.fixture
def bob(campaign):
    return make.make_member(campaign)


def test_a_lease_copies_what_brought_the_comparison_in(campaign, alice):
    comparison = make.make_queued(campaign=campaign, policy="all", propensity=0.25)
    result = lease(campaign, alice)
    assert result.reason is None
    (assignment,) = result.assignments
    assert assignment.comparison_id == comparison.pk
    assert (assignment.lane, assignment.policy, assignment.propensity) == ("coverage", "all", 0.25)
    assert (assignment.slot, assignment.state) == (1, "leased")
    assert assignment.expires_at - assignment.leased_at == timedelta(minutes=30)
    assert QueueEntry.objects.count() == 1
    assert Membership.objects.get(user=alice).serves == 1


def test_asking_twice_gives_the_same_leases(campaign, alice):
    for _ in range(4):
        make.make_queued(campaign=campaign)
    first = lease(campaign, alice, ahead=2)
    again = lease(campaign, alice, ahead=2)
    assert [a.pk for a in again.assignments] == [a.pk for a in first.assignments]
    assert Assignment.objects.count() == 2
    more = lease(campaign, alice, ahead=3)
    assert [a.pk for a in more.assignments[:2]] == [a.pk for a in first.assignments]
    assert len(more.assignments) == 3
    assert len(lease(campaign, alice, ahead=1).assignments) == 1
    check_queue()


@pytest.mark.parametrize("ahead", [0, 7, -1])
def test_the_number_of_leases_ahead_is_bounded(campaign, alice, ahead):
    make.make_queued(campaign=campaign)
    before = everything()
    with pytest.raises(ValueError, match="ahead"):
        lease(campaign, alice, ahead=ahead)
    assert everything() == before


def test_nobody_gets_a_comparison_twice(campaign, alice):
    make.make_queued(campaign=campaign)
    make.submit(lease(campaign, alice).assignments[0])
    assert lease(campaign, alice).reason == "done"


def test_what_others_hold_is_waited_for(campaign, alice, bob):
    make.make_queued(campaign=campaign, overlap=1)
    assignment = lease(campaign, alice).assignments[0]
    assert lease(campaign, bob).reason == "waiting"
    make.submit(assignment)
    assert lease(campaign, bob).reason == "done"
    assert not QueueEntry.objects.exists()


def test_an_expired_lease_goes_to_the_next_person_without_any_sweep(campaign, alice, bob):
    make.make_queued(campaign=campaign, overlap=1)
    old = lease(campaign, alice).assignments[0]
    make.let_expire(old)
    (new,) = lease(campaign, bob).assignments
    assert (new.slot, new.shown_order) == (old.slot, old.shown_order)
    old.refresh_from_db()
    assert old.state == "expired"
    check_queue()


def test_after_an_expiry_the_same_person_may_get_it_again(campaign, alice):
    make.make_queued(campaign=campaign, overlap=1)
    old = lease(campaign, alice).assignments[0]
    make.let_expire(old)
    (new,) = lease(campaign, alice).assignments
    assert new.pk != old.pk
    assert (new.slot, new.shown_order) == (old.slot, old.shown_order)
    check_queue()


@pytest.mark.parametrize(
    ("state", "reason"), [("draft", "paused"), ("paused", "paused"), ("closed", "done")]
)
def test_a_campaign_that_is_not_open_hands_out_nothing(campaign, alice, state, reason):
    make.make_queued(campaign=campaign)
    Campaign.objects.filter(pk=campaign.pk).update(state=state)
    before = everything()
    # The caller's row may be stale; the stored state decides.
    result = lease(campaign, alice)
    assert (result.assignments, result.reason) == ([], reason)
    assert everything() == before


def test_a_paused_person_gets_nothing_and_a_stranger_is_not_qualified(campaign, alice):
    make.make_queued(campaign=campaign)
    Membership.objects.filter(user=alice).update(paused_at=Now())
    lead = make.make_member(campaign, role="lead")
    gone = make.make_member(campaign, removed_at=Now())
    other = make.make_member(make.make_campaign())
    before = everything()
    assert lease(campaign, alice).reason == "paused"
    assert lease(campaign, lead).reason == "not_qualified"
    for stranger in (gone, other):
        with pytest.raises(Http404):
            lease(campaign, stranger)
    assert everything() == before


def test_nothing_of_another_campaign_is_handed_out(campaign, alice):
    make.make_queued(campaign=make.make_campaign())
    assert lease(campaign, alice).reason == "done"


def test_new_leases_follow_the_newest_published_rubric(campaign, alice, bob):
    make.make_queued(campaign=campaign)
    old = lease(campaign, alice).assignments[0]
    newer = make.make_rubric(campaign, dimensions=("realism",))
    make.make_rubric(campaign, published=False)
    assert lease(campaign, alice).assignments[0].rubric_id == old.rubric_id
    assert lease(campaign, bob).assignments[0].rubric_id == newer.pk


def spoil_source(comparison):
    Derivative.objects.filter(image=comparison.item.source, variant="fit").delete()


def spoil_candidate(comparison):
    image = Candidate.objects.get(pk=comparison.candidate_ids[1]).image
    Derivative.objects.filter(image=image, variant="full").delete()


def withdraw_candidate(comparison):
    Candidate.objects.filter(pk=comparison.candidate_ids[0]).update(withdrawn_at=Now())


def withdraw_item(comparison):
    Item.objects.filter(pk=comparison.item_id).update(withdrawn_at=Now())


def withdraw_comparison(comparison):
    Comparison.objects.filter(pk=comparison.pk).update(withdrawn_at=Now())


@pytest.mark.parametrize(
    "spoil",
    [
        spoil_source,
        spoil_candidate,
        withdraw_candidate,
        withdraw_item,
        withdraw_comparison,
    ],
)
def test_what_cannot_be_shown_is_passed_over(campaign, alice, spoil):
    spoiled = make.make_queued(campaign=campaign)
    spoil(spoiled)
    assert lease(campaign, alice).assignments == []
    good = make.make_queued(campaign=campaign)
    assert [a.comparison_id for a in lease(campaign, alice, ahead=3).assignments] == [good.pk]


def test_the_same_source_does_not_come_twice_in_a_row_while_there_is_another(campaign, alice):
    sources = [make.make_image() for _ in range(2)]
    for source in sources:
        for _ in range(3):
            make.make_queued(make.make_item(campaign, source=source))
    seen = []
    while (result := lease(campaign, alice)).assignments:
        seen.append(result.assignments[0].comparison.item.source_id)
        make.submit(result.assignments[0])
    assert len(seen) == 6
    assert all(one != two for one, two in pairwise(seen))


def test_the_draw_key_decides_what_comes_first(campaign, alice):
    made = [make.make_comparison(campaign=campaign).pk for _ in range(30)]
    open_slots(dict.fromkeys(made, 1.0), lane=None, policy="all")
    firsts = QueueEntry.objects.filter(slot=1).order_by("draw_key")
    expected, seen = list(firsts.values_list("comparison_id", flat=True)[:5]), []
    for _ in range(5):
        (assignment,) = lease(campaign, alice).assignments
        seen.append(assignment.comparison_id)
        make.submit(assignment)
    assert seen == expected
    assert seen != made[:5]


def test_a_later_refill_comes_after_an_earlier_one(campaign, alice):
    refills = [[make.make_comparison(campaign=campaign).pk for _ in range(3)] for _ in range(4)]
    for comparisons in refills:
        open_slots(dict.fromkeys(comparisons, 1.0), lane=None, policy="all")
    for comparisons in refills:
        seen = set()
        for _ in range(3):
            (assignment,) = lease(campaign, alice).assignments
            seen.add(assignment.comparison_id)
            make.submit(assignment)
        assert seen == set(comparisons)


def test_what_came_back_goes_first_to_others_who_are_past_it(campaign, alice, bob):
    comparisons = [make.make_queued(campaign=campaign, overlap=1) for _ in range(9)]
    kept = lease(campaign, alice).assignments[0]
    for _ in range(5):
        make.submit(lease(campaign, bob).assignments[0])
    release(assignment_public_id=kept.public_id, annotator=alice)
    assert lease(campaign, bob).assignments[0].comparison_id == kept.comparison_id
    assert kept.comparison_id == comparisons[0].pk


def test_a_place_nobody_had_goes_before_one_that_waits_for_a_late_answer(campaign, alice, bob):
    make.make_queued(campaign=campaign)
    old = lease(campaign, alice).assignments[0]
    make.let_expire(old)
    assert lease(campaign, bob).assignments[0].slot != old.slot
    assert make.submit(old).state == "counted"
    check_queue()


def test_the_random_arm_gets_its_fifth_of_any_fifty_serves(campaign, alice):
    for _ in range(30):
        make.make_queued(make.make_item(campaign, random_arm=True))
    for _ in range(90):
        make.make_queued(campaign=campaign)
    for _ in range(12):
        make.make_queued(campaign=campaign, lane="disagreement", policy="drawn")
    lanes = []
    for _ in range(110):
        (assignment,) = lease(campaign, alice).assignments
        lanes.append(assignment.lane)
        make.submit(assignment)
    assert all(lanes[i : i + 50].count("random") >= 10 for i in range(len(lanes) - 49))
    assert lanes[:30].count("disagreement") == 12
    assert lanes.count("coverage") > 0


def test_the_random_arm_keeps_its_share_where_its_sources_are_few(campaign, alice):
    shared = [make.make_image() for _ in range(2)]
    for number in range(40):
        source = shared[number % 2]
        make.make_queued(make.make_item(campaign, random_arm=True, source=source))
    for number in range(120):
        make.make_queued(make.make_item(campaign, source=shared[0] if number % 3 else None))
    served = []
    for _ in range(110):
        (assignment,) = lease(campaign, alice).assignments
        served.append((assignment.lane, assignment.comparison.item.source_id))
        make.submit(assignment)
    lanes = [lane for lane, _ in served]
    while_open = [n for n in range(110) if lanes[:n].count("random") < 40]
    assert len(while_open) > 70
    assert all(lanes[i - 49 : i + 1].count("random") >= 10 for i in while_open if i >= 49)
    assert all(served[i][1] != served[i + 1][1] for i in while_open[:-1])


def test_an_empty_lane_falls_through_to_the_next(campaign, alice):
    make.make_queued(make.make_item(campaign, random_arm=True), lane="random")
    Membership.objects.filter(user=alice).update(serves=1)
    assert lease(campaign, alice).assignments[0].lane == "random"


def test_a_person_who_always_comes_last_still_shows_no_position_bias(campaign, alice, bob):
    # Bob takes one place of each; the order of the other is decided, so only the choice of
    # comparison keeps Alice balanced.
    for _ in range(60):
        make.make_queued(campaign=campaign)
    for _ in range(60):
        make.submit(lease(campaign, bob).assignments[0])
    leans = []
    for _ in range(60):
        make.submit(lease(campaign, alice).assignments[0])
        leans.append(Membership.objects.get(user=alice).position_bias_sum)
    assert max(map(abs, leans[:50])) <= 8
    shown = Assignment.objects.filter(annotator=alice).values_list("shown_order", flat=True)
    assert leans[-1] == sum(tilt(order) for order in shown)


def test_nobody_has_an_order_difference_above_twenty_in_1500_serves():
    campaign = make.make_campaign(overlap=1)
    alice = make.make_member(campaign)
    source = [make.make_image() for _ in range(2)]
    item = [make.make_item(campaign, source=one) for one in source]
    candidates = [[make.make_candidate(one) for _ in range(40)] for one in item]
    made = [
        make.make_comparison(one, candidates=list(pair))
        for one, mine in zip(item, candidates, strict=True)
        for pair in islice(combinations(mine, 2), 750)
    ]
    open_slots(dict.fromkeys([c.pk for c in made], 1.0), lane=None, policy="all")
    worst = 0
    for _ in range(1500):
        lease(campaign, alice)
        Assignment.objects.filter(state="leased").update(state="submitted", closed_at=Now())
        worst = max(worst, abs(Membership.objects.get(user=alice).position_bias_sum))
    assert Assignment.objects.count() == 1500
    assert worst <= 20
