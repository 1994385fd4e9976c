"""People, tabs and sweeps at the same instant, on connections of their own."""

import threading
import time
import uuid
from collections import Counter
from random import Random

import pytest
from django.db import connection

from annotation.errors import AlreadyAnswered, ClientIdUsed
from annotation.feedback.send_backs import send_back
from annotation.models import Assignment, Judgment, QueueEntry
from annotation.queue.services.leases import lease_next
from annotation.queue.services.returns import expire_leases, release
from tests import factories as make
from tests.annotation.invariants import check_queue

pytestmark = pytest.mark.django_db(transaction=True)


def together(*calls):
    """Run the calls in threads that start at once; return what each returned or raised."""
    start = threading.Barrier(len(calls))
    results = [None] * len(calls)

    def run(index, call):
        try:
            start.wait(timeout=30)
            results[index] = call()
        except Exception as error:  # noqa: BLE001 - handed to the test
            results[index] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert not any(thread.is_alive() for thread in threads)
    return results


def judge_all(campaign, person, seed):
    """Lease and answer until nothing is left, now and then giving something back."""
    rng = Random(seed)
    deadline = time.monotonic() + 100
    while time.monotonic() < deadline:
        result = lease_next(campaign=campaign, annotator=person, ahead=rng.randint(1, 3))
        if result.reason == "done":
            return "done"
        for assignment in result.assignments:
            if rng.random() < 0.1:
                release(assignment_public_id=assignment.public_id, annotator=person)
            else:
                make.submit(assignment)
        if not result.assignments:
            time.sleep(0.02)
    return "out of time"


@pytest.mark.parametrize("k", [2, 3])
def test_eight_annotators_at_once_fill_every_place_once(k):
    campaign = make.make_campaign(k=k, overlap=3)
    comparisons = [make.make_queued(campaign=campaign) for _ in range(12)]
    people = [make.make_member(campaign) for _ in range(8)]
    results = together(
        *(
            lambda person=person, seed=seed: judge_all(campaign, person, seed)
            for seed, person in enumerate(people)
        )
    )
    assert results == ["done"] * 8
    assert not QueueEntry.objects.exists()
    submitted = Assignment.objects.filter(state="submitted")
    slots = Counter(submitted.values_list("comparison_id", "slot"))
    expected = {(c.pk, slot) for c in comparisons for slot in (1, 2, 3)}
    assert set(slots) == expected
    assert set(slots.values()) == {1}
    assert Judgment.objects.in_force().count() == 36
    check_queue()


def test_people_who_meet_at_the_last_comparison_each_get_a_place():
    campaign = make.make_campaign(overlap=3)
    make.make_queued(campaign=campaign)
    people = [make.make_member(campaign) for _ in range(4)]
    results = together(
        *(lambda p=person: lease_next(campaign=campaign, annotator=p) for person in people)
    )
    assert sorted(len(result.assignments) for result in results) == [0, 1, 1, 1]
    assert [r.reason for r in results if not r.assignments] == ["waiting"]
    check_queue()


def test_two_tabs_of_one_person_show_the_same_leases():
    campaign = make.make_campaign()
    for _ in range(6):
        make.make_queued(campaign=campaign)
    alice = make.make_member(campaign)
    results = together(
        *(lambda: lease_next(campaign=campaign, annotator=alice, ahead=2) for _ in range(4))
    )
    assert len({tuple(a.pk for a in result.assignments) for result in results}) == 1
    assert Assignment.objects.count() == 2
    check_queue()


@pytest.fixture
def assignment():
    campaign = make.make_campaign()
    make.make_queued(campaign=campaign)
    return lease_next(campaign=campaign, annotator=make.make_member(campaign)).assignments[0]


def test_a_double_submit_is_stored_once(assignment):
    client_id = str(uuid.uuid4())
    results = together(*(lambda: make.submit(assignment, client_id=client_id) for _ in range(6)))
    assert {result.judgment.pk for result in results} == {Judgment.objects.get().pk}
    assert sorted(result.created for result in results) == [False] * 5 + [True]
    check_queue()


def test_two_answers_to_one_assignment_leave_the_first(assignment):
    results = together(*(lambda: make.submit(assignment) for _ in range(4)))
    refused = [result for result in results if isinstance(result, Exception)]
    assert [type(error) for error in refused] == [AlreadyAnswered] * 3
    (stored,) = (result for result in results if result not in refused)
    assert Judgment.objects.get() == stored.judgment
    check_queue()


def test_one_client_id_for_two_assignments_is_stored_once():
    campaign = make.make_campaign()
    for _ in range(2):
        make.make_queued(campaign=campaign)
    alice = make.make_member(campaign)
    client_id = str(uuid.uuid4())
    pair = lease_next(campaign=campaign, annotator=alice, ahead=2).assignments
    results = together(*(lambda a=a: make.submit(a, client_id=client_id) for a in pair))
    assert [isinstance(result, ClientIdUsed) for result in results].count(True) == 1
    assert Judgment.objects.count() == 1
    assert Assignment.objects.filter(state="leased").count() == 1
    check_queue()


@pytest.mark.parametrize("attempt", range(5))
def test_a_late_answer_and_a_new_lease_never_share_a_place(attempt):
    campaign = make.make_campaign(overlap=1)
    make.make_queued(campaign=campaign)
    alice, bob = make.make_member(campaign), make.make_member(campaign)
    late = lease_next(campaign=campaign, annotator=alice).assignments[0]
    make.let_expire(late)
    answered, leased, _ = together(
        lambda: make.submit(late),
        lambda: lease_next(campaign=campaign, annotator=bob),
        expire_leases,
    )
    assert (answered.state == "counted") == (not leased.assignments)
    check_queue()


def test_sending_back_while_people_judge_keeps_every_count():
    campaign = make.make_campaign(overlap=1)
    comparisons = [make.make_queued(campaign=campaign) for _ in range(8)]
    people = [make.make_member(campaign) for _ in range(4)]

    def raise_all():
        return [send_back(comparisons=[c], cause="test", actor=None) for c in comparisons]

    results = together(
        raise_all,
        lambda: judge_all(campaign, people[0], 0),
        lambda: judge_all(campaign, people[1], 1),
    )
    assert results[1:] == ["done", "done"]
    assert all(result.sent for result in results[0])
    for person in people:
        judge_all(campaign, person, 9)
    assert Judgment.objects.in_force().count() == 16
    check_queue()
