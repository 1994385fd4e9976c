"""Submitting: stored once, in canonical order, in its place or as surplus."""

import uuid

import pytest
from django.db.models.functions import Now
from django.http import Http404

from annotation.answers.context import answer_context
from annotation.errors import AlreadyAnswered, AlreadySkipped, ClientIdUsed, Conflict, InvalidAnswer
from annotation.judging.services.judgments import read_answer, submit_judgment
from annotation.models import (
    Assignment,
    Candidate,
    Comparison,
    Item,
    Judgment,
    Membership,
    QueueEntry,
)
from annotation.queue.services.leases import lease_next
from annotation.queue.services.returns import expire_leases, release, skip
from tests import factories as make
from tests.annotation.invariants import check_queue, everything

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign():
    return make.make_campaign(overlap=2)


@pytest.fixture
def alice(campaign):
    return make.make_member(campaign)


@pytest.fixture
def bob(campaign):
    return make.make_member(campaign)


def lease(campaign, person):
    return lease_next(campaign=campaign, annotator=person).assignments[0]


def context_of(assignment):
    return answer_context(assignment.public_id, assignment.annotator_id)


def expire(assignment):
    make.let_expire(assignment)
    expire_leases()


def release_own(assignment):
    release(assignment_public_id=assignment.public_id, annotator=assignment.annotator)


@pytest.mark.parametrize(
    ("shown_order", "scores", "ranks"),
    [([0, 1], [[4, 3], [2, 1]], [1, 2]), ([1, 0], [[2, 1], [4, 3]], [2, 1])],
)
def test_what_was_on_the_left_is_stored_for_the_candidate_that_was_there(
    campaign, shown_order, scores, ranks
):
    comparison = make.make_queued(campaign=campaign)
    assignment = make.make_assignment(comparison, slot=1, shown_order=shown_order)
    shown = {"instruction_following": [4, 2], "visual_quality": [3, 1]}
    result = make.submit(assignment, scores=shown, note="n", active_ms=9, evidence={"z": 1})
    judgment = Judgment.objects.get()
    assert (result.state, result.created, result.judgment) == ("counted", True, judgment)
    assert (judgment.scores, judgment.ranks) == (scores, ranks)
    assert (judgment.note, judgment.active_ms, judgment.evidence) == ("n", 9, {"z": 1})
    assert (judgment.lane, judgment.rubric_id) == (assignment.lane, assignment.rubric_id)
    assignment.refresh_from_db()
    assert (assignment.state, assignment.slot) == ("submitted", 1)
    check_queue()


def test_a_full_comparison_leaves_the_queue(campaign, alice, bob):
    make.make_queued(campaign=campaign)
    make.submit(lease(campaign, alice))
    assert QueueEntry.objects.count() == 1
    make.submit(lease(campaign, bob))
    assert not QueueEntry.objects.exists()
    check_queue()


def test_the_same_client_id_again_is_the_first_answer(campaign, alice):
    make.make_queued(campaign=campaign)
    assignment = lease(campaign, alice)
    client_id = str(uuid.uuid4())
    first = make.submit(assignment, client_id=client_id, note="first")
    before = everything()
    again = make.submit(assignment, client_id=client_id, note="second")
    assert again.judgment.pk == first.judgment.pk
    assert (again.created, again.state, again.judgment.note) == (False, "counted", "first")
    assert everything() == before


def test_another_client_id_on_an_answered_assignment_changes_nothing(campaign, alice):
    make.make_queued(campaign=campaign)
    assignment = lease(campaign, alice)
    make.submit(assignment)
    before = everything()
    with pytest.raises(AlreadyAnswered, match="first answer stands"):
        make.submit(assignment)
    assert everything() == before


def test_a_client_id_of_another_assignment_changes_nothing(campaign, alice, bob):
    make.make_queued(campaign=campaign)
    client_id = str(uuid.uuid4())
    make.submit(lease(campaign, alice), client_id=client_id)
    assignment = lease(campaign, bob)
    before = everything()
    with pytest.raises(ClientIdUsed):
        make.submit(assignment, client_id=client_id)
    assert everything() == before


def test_an_assignment_of_somebody_else_does_not_exist(campaign, alice, bob):
    make.make_queued(campaign=campaign)
    assignment = lease(campaign, alice)
    answer = read_answer(context_of(assignment), make.answer_data())
    before = everything()
    for public_id in (assignment.public_id, uuid.uuid4()):
        with pytest.raises(Http404):
            submit_judgment(assignment_public_id=public_id, annotator=bob, answer=answer)
    assert everything() == before


def test_a_skipped_comparison_takes_no_answer(campaign, alice):
    make.make_queued(campaign=campaign)
    assignment = lease(campaign, alice)
    skip(assignment_public_id=assignment.public_id, annotator=alice, reason="seen elsewhere")
    before = everything()
    with pytest.raises(AlreadySkipped) as refusal:
        make.submit(assignment)
    assert isinstance(refusal.value, Conflict)
    assert everything() == before


def test_an_answer_is_read_under_the_rubric_of_its_lease(campaign, alice):
    make.make_queued(campaign=campaign)
    assignment = lease(campaign, alice)
    make.make_rubric(campaign, dimensions=("realism",))
    assert make.submit(assignment).state == "counted"
    with pytest.raises(InvalidAnswer) as refusal:
        read_answer(context_of(assignment), make.answer_data(dimensions=("realism",)))
    assert refusal.value.field == "scores.realism"


def test_an_answer_after_the_time_but_before_the_sweep_counts(campaign, alice):
    make.make_queued(campaign=campaign)
    assignment = lease(campaign, alice)
    make.let_expire(assignment)
    assert make.submit(assignment).state == "counted"
    check_queue()


@pytest.mark.parametrize("end", [expire, release_own])
def test_a_late_answer_takes_its_place_if_that_is_still_free(campaign, alice, bob, end):
    make.make_queued(campaign=campaign)
    assignment = lease(campaign, alice)
    end(assignment)
    make.submit(lease(campaign, bob))
    assert make.submit(assignment).state == "counted"
    assignment.refresh_from_db()
    assert (assignment.state, assignment.slot) == ("submitted", 1)
    assert not QueueEntry.objects.exists()
    check_queue()


@pytest.mark.parametrize("answered", [True, False])
def test_a_late_answer_to_a_taken_place_is_kept_as_surplus(campaign, alice, bob, answered):
    comparison = make.make_queued(campaign=campaign, overlap=1)
    late = lease(campaign, alice)
    expire(late)
    other = lease(campaign, bob)
    if answered:
        make.submit(other)
    result = make.submit(late)
    assert result.state == "surplus"
    assert result.judgment.surplus
    late.refresh_from_db()
    assert late.state == "surplus"
    assert not QueueEntry.objects.filter(comparison=comparison).exists()
    if not answered:
        assert make.submit(other).state == "counted"
    assert Judgment.objects.in_force().count() == 1
    check_queue()


def test_a_late_answer_gives_back_the_newer_lease_of_the_same_person(campaign, alice):
    make.make_queued(campaign=campaign, overlap=1)
    old = lease(campaign, alice)
    expire(old)
    new = lease(campaign, alice)
    assert make.submit(old).state == "counted"
    new.refresh_from_db()
    assert new.state == "released"
    # And the newer one, answered as well, is kept without counting.
    assert make.submit(new).state == "surplus"
    check_queue()


def test_a_late_answer_after_ones_own_newer_answer_is_surplus(campaign, alice):
    make.make_queued(campaign=campaign)
    old = lease(campaign, alice)
    expire(old)
    assert make.submit(lease(campaign, alice)).state == "counted"
    assert make.submit(old).state == "surplus"
    check_queue()


def withdraw_item(assignment):
    Item.objects.filter(pk=assignment.comparison.item_id).update(withdrawn_at=Now())


def withdraw_comparison(assignment):
    Comparison.objects.filter(pk=assignment.comparison_id).update(withdrawn_at=Now())


def withdraw_candidate(assignment):
    ids = assignment.comparison.candidate_ids
    Candidate.objects.filter(pk=ids[0]).update(withdrawn_at=Now())


def remove_person(assignment):
    Membership.objects.filter(user=assignment.annotator).update(removed_at=Now())


@pytest.mark.parametrize(
    "change", [withdraw_item, withdraw_comparison, withdraw_candidate, remove_person]
)
def test_an_answer_that_lost_its_use_is_kept_as_surplus(campaign, alice, change):
    make.make_queued(campaign=campaign)
    assignment = lease(campaign, alice)
    change(assignment)
    assert make.submit(assignment).state == "surplus"
    assert Judgment.objects.in_force().count() == 0


def cannot(assignment):
    return make.submit(assignment, cannot_judge="The image is broken.", scores=None, verdict=None)


def test_who_cannot_judge_fills_no_place_and_is_never_asked_again(campaign, alice, bob):
    make.make_queued(campaign=campaign, overlap=1)
    assignment = lease(campaign, alice)
    result = cannot(assignment)
    assert result.state == "counted"
    assert (result.judgment.scores, result.judgment.ranks) == (None, None)
    assignment.refresh_from_db()
    assert (assignment.state, assignment.slot) == ("submitted", None)
    assert lease_next(campaign=campaign, annotator=alice).reason == "done"
    assert make.submit(lease(campaign, bob)).state == "counted"
    check_queue()


def test_two_who_cannot_judge_make_it_the_leads_case(campaign, alice, bob):
    comparison = make.make_queued(campaign=campaign)
    third = lease(campaign, make.make_member(campaign))
    cannot(lease(campaign, alice))
    comparison.refresh_from_db()
    assert comparison.held_at is None
    cannot(lease(campaign, bob))
    comparison.refresh_from_db()
    assert comparison.held_at is not None
    assert comparison.held_reason
    assert not QueueEntry.objects.exists()
    assert make.submit(third).state == "counted"
    assert lease_next(campaign=campaign, annotator=make.make_member(campaign)).reason == "done"
    check_queue()


def test_a_late_cannot_judge_counts_beside_the_person_who_got_the_place(campaign, alice, bob):
    make.make_queued(campaign=campaign, overlap=1)
    late = lease(campaign, alice)
    expire(late)
    other = lease(campaign, bob)
    assert cannot(late).state == "counted"
    assert make.submit(other).state == "counted"
    check_queue()


def test_cannot_judge_after_ones_own_answer_is_surplus_and_holds_nothing(campaign, alice, bob):
    comparison = make.make_queued(campaign=campaign)
    old = lease(campaign, alice)
    expire(old)
    make.submit(lease(campaign, alice))
    assert cannot(old).state == "surplus"
    cannot(lease(campaign, bob))
    comparison.refresh_from_db()
    assert comparison.held_at is None
    check_queue()


@pytest.mark.parametrize("k", [3, 4])
def test_more_than_two_candidates_map_back_through_the_shown_order(k):
    campaign = make.make_campaign(k=k, overlap=k)
    make.make_queued(campaign=campaign)
    for _ in range(k):
        assignment = lease(campaign, make.make_member(campaign))
        # The annotator always prefers the canonically first candidate, wherever it stands.
        place = assignment.shown_order.index(0)
        ranks = [2] * k
        ranks[place] = 1
        make.submit(assignment, verdict={"ranks": ranks, "tie_kind": None})
    assert {tuple(j.ranks) for j in Judgment.objects.all()} == {(1, *[2] * (k - 1))}
    positions = [a.shown_order.index(0) for a in Assignment.objects.all()]
    assert sorted(positions) == list(range(k))
    check_queue()
