"""Lanes without places: gold, training, repeats and adjudication; caps and skills."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.utils import timezone

from annotation.errors import DomainError
from annotation.feedback.send_backs import send_back
from annotation.models import Assignment, Comparison, Judgment, Membership, QueueEntry
from annotation.quality.selectors.labels import label_row
from annotation.queue.services.leases import CAPPED, CAPPED_TODAY, lease_next
from annotation.queue.services.queue import offer
from annotation.queue.services.repeats import draw_repeats
from annotation.queue.services.returns import expire_leases, release, skip
from tests import factories as make
from tests.annotation.invariants import check_queue, everything

pytestmark = pytest.mark.django_db


def plan(**lanes):
    """Return a plan of fifty: the lanes named, at their places, and coverage."""
    return [next((lane for lane, at in lanes.items() if i in at), "coverage") for i in range(50)]


@pytest.fixture
def campaign():
    return make.make_campaign(overlap=2)


@pytest.fixture
def alice(campaign):
    return make.make_member(campaign)


@pytest.fixture
def bob(campaign):
    return make.make_member(campaign)


def serve(campaign, person):
    """Lease and answer one comparison; return its assignment, or the reason for none."""
    result = lease_next(campaign=campaign, annotator=person)
    if not result.assignments:
        return result.reason
    make.submit(result.assignments[0])
    return result.assignments[0]


@pytest.mark.parametrize("lane", ["gold", "training"])
def test_a_pool_serves_everybody_once_at_its_share(lane):
    campaign = make.make_campaign(overlap=1, lane_plan=plan(**{lane: {1, 4}}))
    pool = [make.make_comparison(campaign=campaign) for _ in range(3)]
    places = [make.make_queued(campaign=campaign).pk for _ in range(16)]
    chances = {comparison.pk: 0.5 for comparison in pool}
    assert offer(campaign=campaign, lane=lane, propensities=chances, policy="drawn") == 3
    for person in (make.make_member(campaign), make.make_member(campaign)):
        served = [serve(campaign, person) for _ in range(8)]
        assert [a.lane == lane for a in served] == [i in {1, 4} for i in range(8)]
        assert {a.propensity for a in served if a.lane == lane} == {0.5}
        assert len({a.comparison_id for a in served}) == 8
    assert QueueEntry.objects.filter(lane=lane).count() == 3
    # Answers to gold and training fill no place.
    assert Judgment.objects.in_force().counting().count() == 12
    check_queue(enqueued=places)


def test_an_offer_again_changes_nothing_and_a_strange_one_is_refused(campaign):
    comparison = make.make_comparison(campaign=campaign)
    offer(campaign=campaign, lane="gold", propensities={comparison.pk: None}, policy="p")
    before = everything()
    again = offer(campaign=campaign, lane="gold", propensities={comparison.pk: None}, policy="p")
    assert again == 0
    elsewhere = make.make_comparison(campaign=make.make_campaign())
    gone = make.make_comparison(campaign=campaign, withdrawn_at=Now())
    before = everything()
    for lane, pk in (("gold", elsewhere.pk), ("gold", gone.pk), ("coverage", comparison.pk)):
        with pytest.raises(DomainError):
            offer(campaign=campaign, lane=lane, propensities={pk: None}, policy="p")
    assert everything() == before


def test_a_place_needs_a_counting_lane(campaign):
    comparison = make.make_queued(campaign=campaign)
    with pytest.raises(IntegrityError), transaction.atomic():
        comparison.queue.update(lane="gold")


@pytest.fixture
def repeating():
    return make.make_campaign(
        overlap=1,
        repeat_percent=100,
        repeat_after_minutes=60,
        repeat_after_serves=2,
        lane_plan=plan(repeat=set(range(50))),
    )


def age(*assignments, minutes):
    """Let time pass since some answers."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            "UPDATE annotation_judgment SET created_at = created_at - make_interval(mins => %s)"
            " WHERE assignment_id = ANY (%s)",
            [minutes, [a.pk for a in assignments]],
        )
        cursor.execute("SET LOCAL session_replication_role = origin")


def test_a_repeat_waits_for_both_gaps_and_comes_to_the_same_person(repeating):
    alice, bob = make.make_member(repeating), make.make_member(repeating)
    for _ in range(4):
        make.make_queued(campaign=repeating)
    first = serve(repeating, alice)
    age(first, minutes=30)
    assert draw_repeats(campaign=repeating) == 1
    waiting = QueueEntry.objects.get(lane="repeat")
    assert (waiting.annotator, waiting.comparison_id) == (alice, first.comparison_id)
    assert (waiting.policy, waiting.propensity) == ("repeat:100%", 1.0)
    # Neither gap is over, then only the serves, then both.
    assert serve(repeating, alice).lane == "coverage"
    assert serve(repeating, alice).lane == "coverage"
    assert serve(repeating, bob).lane == "coverage"
    assert serve(repeating, alice) == "waiting"
    QueueEntry.objects.filter(lane="repeat").update(not_before=Now() - timedelta(minutes=1))
    again = serve(repeating, alice)
    assert (again.lane, again.comparison_id) == ("repeat", first.comparison_id)
    assert again.shown_order == waiting.shown_order
    assert again.slot is None
    assert serve(repeating, alice) == "done"
    assert Judgment.objects.in_force().counting().count() == 4


def test_half_of_the_repeats_come_in_the_same_order_and_the_others_rotated():
    campaign = make.make_campaign(k=3, repeat_percent=100, repeat_after_serves=0)
    alice = make.make_member(campaign)
    long_ago = timezone.now() - timedelta(hours=1)
    for _ in range(80):
        comparison = make.make_comparison(campaign=campaign)
        make.make_judgment(comparison, alice, slot=1, order=[2, 0, 1], created_at=long_ago)
    assert draw_repeats(campaign=campaign) == 80
    orders = [tuple(row.shown_order) for row in QueueEntry.objects.filter(lane="repeat")]
    assert set(orders) == {(2, 0, 1), (0, 1, 2)}
    # 95 % of fair draws of 80 lie between 31 and 49, all but one in 100,000 between 21 and 59.
    assert 21 <= orders.count((2, 0, 1)) <= 59


def test_a_repeat_never_comes_twice_nor_after_a_skip(repeating):
    alice = make.make_member(repeating)
    for _ in range(2):
        make.make_queued(campaign=repeating)
    answers = [serve(repeating, alice) for _ in range(2)]
    age(*answers, minutes=120)
    assert draw_repeats(campaign=repeating) == 2
    QueueEntry.objects.update(after_serves=None)
    (repeat,) = lease_next(campaign=repeating, annotator=alice).assignments
    skip(assignment_public_id=repeat.public_id, annotator=alice, reason="again?")
    (other,) = lease_next(campaign=repeating, annotator=alice).assignments
    make.let_expire(other)
    expire_leases()
    (again,) = lease_next(campaign=repeating, annotator=alice).assignments
    assert (again.comparison_id, again.lane) == (other.comparison_id, "repeat")
    assert again.shown_order == other.shown_order
    make.submit(again)
    assert serve(repeating, alice) == "done"
    assert draw_repeats(campaign=repeating) == 0


def test_a_percent_of_the_answers_is_drawn_once_and_written_as_the_chance(campaign, alice):
    campaign.repeat_percent = 40
    campaign.save()
    made = [make.make_judgment(make.make_comparison(campaign=campaign), alice) for _ in range(80)]
    age(*[j.assignment for j in made], minutes=5)
    n_drawn = draw_repeats(campaign=campaign)
    # Binomial(80, .4): five standard deviations either way.
    assert 10 <= n_drawn <= 54
    assert set(QueueEntry.objects.values_list("propensity", flat=True)) == {0.4}
    before = everything()
    assert draw_repeats(campaign=campaign) == 0
    assert everything() == before


def test_answers_that_do_not_count_are_not_repeated(repeating):
    alice = make.make_member(repeating)
    kinds = [{"state": "surplus"}, {"cannot_judge": "unclear"}, {"lane": "gold"}]
    made = [
        make.make_judgment(make.make_comparison(campaign=repeating), alice, **kind)
        for kind in kinds
    ]
    age(*[j.assignment for j in made], minutes=5)
    assert draw_repeats(campaign=repeating) == 0


def disputed(campaign, *people):
    comparison = make.make_comparison(campaign=campaign, overlap=len(people))
    for number, person in enumerate(people):
        make.make_judgment(comparison, person, slot=number + 1, ranks=[1, 2])
    return comparison


def test_where_no_annotator_is_left_the_adjudicators_decide(campaign, alice):
    comparison = disputed(campaign, alice)
    judge = make.make_member(campaign, role="adjudicator")
    result = send_back(comparisons=[comparison], cause="c", actor=None)
    assert (result.adjudicated, result.sent, result.held) == ([comparison.pk], [], [])
    assert lease_next(campaign=campaign, annotator=alice).reason == "done"
    (assignment,) = lease_next(campaign=campaign, annotator=judge).assignments
    assert (assignment.lane, assignment.slot) == ("adjudication", None)
    order = assignment.shown_order
    ranks = [[2, 1][index] for index in order]
    assert make.submit(assignment, verdict={"ranks": ranks, "tie_kind": None}).state == "counted"
    comparison.refresh_from_db()
    assert comparison.settled_at is not None
    judgments = list(comparison.judgments.select_related("rubric", "assignment"))
    rubric = judgments[0].rubric_id
    label = label_row(comparison, judgments, {rubric: ["a", "b"]})
    assert (label["resolved_by"], label["ranks"]) == ("adjudication", [2, 1])
    assert lease_next(campaign=campaign, annotator=judge).reason == "done"


def test_an_adjudicator_who_judged_it_is_not_asked_again(campaign, alice):
    make.make_member(campaign, alice, role="adjudicator")
    comparison = disputed(campaign, alice)
    result = send_back(comparisons=[comparison], cause="c", actor=None)
    assert (result.adjudicated, result.held) == ([], [comparison.pk])


def test_who_adjudicates_and_annotates_gets_disputes_first(campaign, alice, bob):
    make.make_member(campaign, bob, role="adjudicator")
    make.make_queued(campaign=campaign)
    comparison = disputed(campaign, alice)
    offer(campaign=campaign, lane="adjudication", propensities={comparison.pk: None}, policy="lead")
    assert serve(campaign, bob).lane == "adjudication"
    assert serve(campaign, bob).lane == "coverage"


def test_a_dispute_is_one_adjudicators_and_comes_back_when_given_back(campaign, alice):
    judges = [make.make_member(campaign, role="adjudicator") for _ in range(2)]
    comparison = disputed(campaign, alice)
    offer(campaign=campaign, lane="adjudication", propensities={comparison.pk: None}, policy="x")
    (held,) = lease_next(campaign=campaign, annotator=judges[0]).assignments
    assert lease_next(campaign=campaign, annotator=judges[1]).reason == "waiting"
    release(assignment_public_id=held.public_id, annotator=judges[0])
    assert len(lease_next(campaign=campaign, annotator=judges[1]).assignments) == 1


@pytest.mark.parametrize(("column", "said"), [("daily_cap", CAPPED_TODAY), ("person_cap", CAPPED)])
def test_a_cap_ends_the_work_of_one_person_only(column, said, alice, bob, campaign):
    setattr(campaign, column, 2)
    campaign.save()
    for _ in range(4):
        make.make_queued(campaign=campaign)
    # Leases count too: nobody collects work beyond the cap.
    assert len(lease_next(campaign=campaign, annotator=alice, ahead=3).assignments) == 2
    for assignment in lease_next(campaign=campaign, annotator=alice, ahead=3).assignments:
        make.submit(assignment)
    result = lease_next(campaign=campaign, annotator=alice)
    assert (result.leases, result.reason, result.detail) == ([], "done", said)
    assert len(lease_next(campaign=campaign, annotator=bob).assignments) == 1


def test_a_daily_cap_is_over_the_next_day(campaign, alice):
    campaign.daily_cap = 1
    campaign.save()
    for _ in range(2):
        make.make_queued(campaign=campaign)
    first = serve(campaign, alice)
    assert serve(campaign, alice) == "done"
    age(first, minutes=24 * 60)
    assert serve(campaign, alice).comparison_id != first.comparison_id


def test_skills_decide_what_comes_and_say_when_nothing_may(campaign, alice):
    made = [
        make.make_queued(make.make_item(campaign, category=category, language=language))
        for category, language in (("faces", "de"), ("faces", ""), ("maps", "de"), ("faces", "fr"))
    ]
    Membership.objects.filter(user=alice).update(categories=["faces"], languages=["de"])
    served = {serve(campaign, alice).comparison_id for _ in range(2)}
    assert served == {made[0].pk, made[1].pk}
    assert serve(campaign, alice) == "not_qualified"
    Membership.objects.filter(user=alice).update(categories=[], languages=[])
    assert serve(campaign, alice).comparison_id in {made[2].pk, made[3].pk}


def test_a_withdrawn_gold_is_served_no_more(alice):
    campaign = make.make_campaign(lane_plan=plan(gold=set(range(50))))
    person = make.make_member(campaign)
    comparison = make.make_comparison(campaign=campaign)
    offer(campaign=campaign, lane="gold", propensities={comparison.pk: None}, policy="p")
    Comparison.objects.filter(pk=comparison.pk).update(withdrawn_at=Now())
    assert serve(campaign, person) == "done"
    assert not Assignment.objects.exists()
