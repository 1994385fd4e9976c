"""Leases that end without an answer: given back, skipped, expired; and those kept alive."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.http import Http404

from annotation.errors import AlreadyAnswered, InvalidAnswer, LeaseOver, TooManyReleases
from annotation.models import Assignment, QueueEntry
from annotation.people.services import remove_role
from annotation.queue.services import returns
from annotation.queue.services.leases import lease_next
from annotation.queue.services.returns import (
    LONGEST,
    expire_leases,
    heartbeat,
    release,
    skip,
)
from annotation.tasks import sweep_leases
from tests import factories as make
from tests.annotation.invariants import check_queue, everything

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign():
    return make.make_campaign(overlap=1, lease_minutes=20)


@pytest.fixture
def alice(campaign):
    return make.make_member(campaign)


@pytest.fixture
def bob(campaign):
    return make.make_member(campaign)


@pytest.fixture
def assignment(campaign, alice):
    make.make_queued(campaign=campaign)
    return lease_next(campaign=campaign, annotator=alice).assignments[0]


def named(assignment):
    return {"assignment_public_id": assignment.public_id, "annotator": assignment.annotator}


def test_nobody_gives_back_more_than_an_hours_work(campaign, alice, bob, monkeypatch):
    monkeypatch.setattr(returns, "MOST_RELEASES", 2)
    for _ in range(3):
        make.make_queued(campaign=campaign)
    for _ in range(2):
        release(**named(lease_next(campaign=campaign, annotator=alice).assignments[0]))
    third = lease_next(campaign=campaign, annotator=alice).assignments[0]
    before = everything()
    with pytest.raises(TooManyReleases, match="within an hour"):
        release(**named(third))
    assert everything() == before
    release(**named(third), grace_seconds=5)
    skip(**named(third), reason="Too dark.")
    release(**named(lease_next(campaign=campaign, annotator=bob).assignments[0]))
    check_queue()


def test_releases_of_an_hour_ago_do_not_count(campaign, alice, monkeypatch):
    monkeypatch.setattr(returns, "MOST_RELEASES", 1)
    make.make_queued(campaign=campaign)
    release(**named(lease_next(campaign=campaign, annotator=alice).assignments[0]))
    Assignment.objects.update(leased_at=Now() - timedelta(hours=2))
    again = lease_next(campaign=campaign, annotator=alice).assignments[0]
    assert release(**named(again)).state == "released"


def seconds_left(assignment):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT extract(epoch FROM expires_at - clock_timestamp())"
            " FROM annotation_assignment WHERE id = %s",
            [assignment.pk],
        )
        return float(cursor.fetchone()[0])


def test_a_heartbeat_gives_the_full_time_again(assignment):
    Assignment.objects.filter(pk=assignment.pk).update(expires_at=Now() + timedelta(minutes=1))
    assert seconds_left(assignment) <= 60
    expires_at = heartbeat(**named(assignment))
    assert 19 * 60 < seconds_left(assignment) <= 20 * 60
    assignment.refresh_from_db()
    assert assignment.expires_at == expires_at


def test_no_heartbeat_holds_a_slot_longer_than_the_longest_life_of_a_lease(assignment):
    longest = LONGEST * timedelta(minutes=20)
    leased = Assignment.objects.filter(pk=assignment.pk)
    leased.update(leased_at=Now() - longest + timedelta(minutes=5))
    heartbeat(**named(assignment))
    assert 4 * 60 < seconds_left(assignment) <= 5 * 60
    leased.update(leased_at=Now() - longest - timedelta(minutes=1))
    before = leased.values().get()
    with pytest.raises(LeaseOver):
        heartbeat(**named(assignment))
    assert leased.values().get() == before


def test_a_heartbeat_revives_a_lease_that_no_sweep_has_ended(assignment, campaign, bob):
    make.let_expire(assignment)
    heartbeat(**named(assignment))
    assert lease_next(campaign=campaign, annotator=bob).reason == "waiting"


def end_by_sweep(assignment):
    make.let_expire(assignment)
    expire_leases()


def end_by_release(assignment):
    release(**named(assignment))


def end_by_skip(assignment):
    skip(**named(assignment), reason="no time")


def end_by_answer(assignment):
    make.submit(assignment)


@pytest.mark.parametrize("end", [end_by_sweep, end_by_release, end_by_skip, end_by_answer])
def test_a_heartbeat_after_the_end_changes_nothing(assignment, end):
    end(assignment)
    before = everything()
    with pytest.raises(LeaseOver):
        heartbeat(**named(assignment))
    assert everything() == before


def test_a_heartbeat_of_somebody_removed_holds_no_place_any_longer(assignment, alice, campaign):
    remove_role(campaign=campaign, user=alice, role="annotator", actor=None)
    before = everything()
    with pytest.raises(LeaseOver):
        heartbeat(**named(assignment))
    assert everything() == before


def test_a_lease_given_back_frees_its_place_at_once(assignment, campaign, bob):
    assert release(**named(assignment)).state == "released"
    (taken,) = lease_next(campaign=campaign, annotator=bob).assignments
    assert (taken.slot, taken.shown_order) == (assignment.slot, assignment.shown_order)
    check_queue()


@pytest.mark.parametrize("end", [end_by_sweep, end_by_release, end_by_skip])
def test_giving_back_what_is_over_changes_nothing(assignment, end):
    end(assignment)
    before = everything()
    release(**named(assignment))
    assert everything() == before


def test_a_skip_frees_the_place_for_others_and_never_comes_back(assignment, campaign, alice, bob):
    assert skip(**named(assignment), reason="  I know the artist. ").state == "skipped"
    assignment.refresh_from_db()
    assert assignment.skip_reason == "I know the artist."
    assert lease_next(campaign=campaign, annotator=alice).reason == "done"
    assert len(lease_next(campaign=campaign, annotator=bob).assignments) == 1
    check_queue()


def test_skipping_twice_keeps_the_first_reason(assignment):
    skip(**named(assignment), reason="first")
    before = everything()
    assert skip(**named(assignment), reason="second").state == "skipped"
    assert everything() == before


@pytest.mark.parametrize("reason", [None, "", "  ", 7, "x" * 201, "a\0b"])
def test_a_skip_without_a_reason_changes_nothing(assignment, reason):
    before = everything()
    with pytest.raises(InvalidAnswer) as refusal:
        skip(**named(assignment), reason=reason)
    assert refusal.value.field == "reason"
    assert everything() == before


def test_an_expired_lease_can_be_skipped_and_takes_the_newer_one_along(assignment, campaign, alice):
    end_by_sweep(assignment)
    newer = lease_next(campaign=campaign, annotator=alice).assignments[0]
    skip(**named(assignment), reason="not for me")
    newer.refresh_from_db()
    assert newer.state == "released"
    assert lease_next(campaign=campaign, annotator=alice).reason == "done"
    assert QueueEntry.objects.count() == 1


@pytest.mark.parametrize("call", [release, lambda **who: skip(**who, reason="late")])
def test_an_answered_assignment_is_neither_given_back_nor_skipped(assignment, call):
    make.submit(assignment)
    before = everything()
    with pytest.raises(AlreadyAnswered):
        call(**named(assignment))
    assert everything() == before


@pytest.mark.parametrize("call", [heartbeat, release, lambda **who: skip(**who, reason="mine")])
def test_an_assignment_of_somebody_else_does_not_exist(assignment, bob, call):
    before = everything()
    with pytest.raises(Http404):
        call(assignment_public_id=assignment.public_id, annotator=bob)
    assert everything() == before


def test_the_sweep_ends_what_is_over_and_nothing_else(campaign, alice, bob):
    over, live = make.make_queued(campaign=campaign), make.make_queued(campaign=campaign)
    elsewhere = make.make_queued(campaign=make.make_campaign())
    first = make.make_assignment(over, alice, slot=1)
    second = make.make_assignment(live, bob, slot=1)
    third = make.make_assignment(elsewhere, slot=2)
    make.let_expire(first)
    make.let_expire(third)
    sweep_leases()
    states = [Assignment.objects.get(pk=a.pk).state for a in (first, second, third)]
    assert states == ["expired", "leased", "expired"]
    first.refresh_from_db()
    assert first.slot == 1
    assert first.closed_at is not None
    assert QueueEntry.objects.filter(comparison=over).count() == 1
    before = everything()
    sweep_leases()
    assert everything() == before


def test_a_sweep_can_be_kept_to_one_campaign_or_person(campaign, alice, bob):
    mine = make.make_assignment(make.make_queued(campaign=campaign), alice, slot=1)
    theirs = make.make_assignment(make.make_queued(campaign=campaign), bob, slot=1)
    elsewhere = make.make_assignment(make.make_queued(campaign=make.make_campaign()), slot=1)
    for assignment in (mine, theirs, elsewhere):
        make.let_expire(assignment)
    assert expire_leases(campaign=campaign, annotator=alice) == 1
    assert expire_leases(campaign=campaign) == 1
    assert expire_leases() == 1


def test_a_farewell_ends_the_lease_soon_and_a_heartbeat_takes_it_back(assignment, campaign, bob):
    before = assignment.expires_at
    assert release(**named(assignment), grace_seconds=150).state == "leased"
    assignment.refresh_from_db()
    assert assignment.expires_at < before
    heartbeat(**named(assignment))
    assignment.refresh_from_db()
    assert assignment.expires_at >= before
    check_queue()


def test_a_farewell_never_makes_a_lease_last_longer(assignment):
    make.let_expire(assignment)
    assignment.refresh_from_db()
    before = assignment.expires_at
    release(**named(assignment), grace_seconds=600)
    assignment.refresh_from_db()
    assert assignment.expires_at == before
