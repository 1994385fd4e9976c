"""After a pause, a removal or a close: answers are kept out of labels, leases go back at once."""

import json
import threading
import time

import pytest
from django.db import connection, transaction
from django.urls import reverse
from rest_framework.authtoken.models import Token

from annotation.answers.context import answer_context
from annotation.campaigns.services import change_state
from annotation.errors import LeaseOver, NotRevisable
from annotation.judging.selectors import last_revisable
from annotation.judging.services.judgments import read_answer
from annotation.judging.services.revisions import revise_judgment
from annotation.models import Assignment, Judgment, Membership, QueueEntry
from annotation.people.services import (
    give_role,
    pause_annotator,
    remove_role,
    resume_annotator,
)
from annotation.queue.services.leases import lease_next
from annotation.queue.services.returns import heartbeat, release, skip
from tests import factories as make
from tests.annotation.invariants import check_queue
from tests.annotation.judging.test_judge_page import form
from tests.pages import messages_of, part, parts

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice(campaign):
    return make.make_member(campaign, make.make_user("alice"))


@pytest.fixture
def campaign():
    return make.make_campaign(lead=make.make_user("lead"))


@pytest.fixture
def held(campaign, alice):
    """Three leases of alice's, each place taken from the queue."""
    for _ in range(3):
        make.make_queued(campaign=campaign, overlap=1)
    return lease_next(campaign=campaign, annotator=alice, ahead=3).assignments


def pause_person(campaign, alice):
    pause_annotator(campaign=campaign, user=alice, reason="Rushes.", actor=None)


def remove_person(campaign, alice):
    remove_role(campaign=campaign, user=alice, role="annotator", actor=None)


def pause_campaign(campaign, alice):
    change_state(campaign=campaign, state="paused", actor=None)


def close_campaign(campaign, alice):
    change_state(campaign=campaign, state="closed", actor=None)


STOPS = [
    (pause_person, "paused"),
    (remove_person, "annotator here"),
    (pause_campaign, "paused"),
    (close_campaign, "closed"),
]


@pytest.mark.parametrize(("stop", "_word"), STOPS)
def test_open_leases_go_back_to_the_queue_at_once(campaign, alice, held, stop, _word):
    other = make.make_member(campaign)
    [kept] = lease_next(campaign=campaign, annotator=other).assignments or [None]
    assert kept is None, "alice holds every place"
    stop(campaign, alice)
    states = set(Assignment.objects.filter(annotator=alice).values_list("state", flat=True))
    assert states == {"released"}
    assert QueueEntry.objects.filter(campaign=campaign).count() == len(held)
    check_queue()


def test_a_pause_of_one_person_leaves_the_leases_of_others(campaign, alice, held):
    other = make.make_member(campaign)
    make.make_queued(campaign=campaign)
    [kept] = lease_next(campaign=campaign, annotator=other).assignments
    pause_person(campaign, alice)
    kept.refresh_from_db()
    assert kept.state == "leased"


@pytest.mark.parametrize(("stop", "word"), STOPS)
def test_an_answer_after_a_stop_is_kept_as_surplus_and_says_why(campaign, alice, held, stop, word):
    stop(campaign, alice)
    result = make.submit(held[0])
    assert (result.state, result.created) == ("surplus", True)
    assert word in result.not_counted
    again = make.submit(held[0], client_id=str(result.judgment.client_id))
    assert (again.state, again.created) == ("surplus", False)
    assert Judgment.objects.in_force().count() == 0
    # The place went back with the lease and stays free.
    assert QueueEntry.objects.filter(campaign=campaign).count() == len(held)
    check_queue()


@pytest.mark.parametrize(("stop", "_word"), STOPS)
def test_cannot_judge_after_a_stop_is_kept_and_holds_nothing(campaign, alice, held, stop, _word):
    first = held[0].comparison
    make.make_judgment(first, cannot_judge="Too dark.")
    stop(campaign, alice)
    assert make.submit(held[0], cannot_judge="Too dark.").state == "surplus"
    first.refresh_from_db()
    assert first.held_at is None


@pytest.mark.parametrize(("stop", "word"), STOPS)
def test_a_heartbeat_after_a_stop_is_refused_and_revives_nothing(campaign, alice, held, stop, word):
    stop(campaign, alice)
    before = list(Assignment.objects.order_by("pk").values())
    with pytest.raises(LeaseOver, match=word):
        heartbeat(assignment_public_id=held[0].public_id, annotator=alice)
    assert list(Assignment.objects.order_by("pk").values()) == before


@pytest.mark.parametrize(("stop", "word"), STOPS)
def test_a_revision_after_a_stop_is_refused_and_changes_nothing(campaign, alice, held, stop, word):
    first = make.submit(held[0])
    assert last_revisable(campaign, alice) == first.public_id
    stop(campaign, alice)
    campaign.refresh_from_db()
    answer = read_answer(answer_context(held[0].public_id, alice.pk), make.answer_data())
    with pytest.raises(NotRevisable, match=word):
        revise_judgment(judgment_public_id=first.public_id, annotator=alice, answer=answer)
    assert list(Judgment.objects.values_list("public_id", flat=True)) == [first.public_id]
    assert last_revisable(campaign, alice) is None


@pytest.mark.parametrize(("stop", "_word"), STOPS)
def test_skip_and_release_are_still_taken_after_a_stop(campaign, alice, held, stop, _word):
    stop(campaign, alice)
    skipped = skip(assignment_public_id=held[0].public_id, annotator=alice, reason="blurred")
    assert skipped.state == "skipped"
    assert release(assignment_public_id=held[1].public_id, annotator=alice).state == "released"
    check_queue()


def test_after_a_resume_a_late_answer_takes_its_place_back_while_it_is_free(campaign, alice, held):
    pause_person(campaign, alice)
    resume_annotator(campaign=campaign, user=alice, actor=None)
    assert make.submit(held[0]).state == "counted"
    assert QueueEntry.objects.filter(campaign=campaign).count() == len(held) - 1
    check_queue()


def test_after_a_campaign_opened_again_a_place_that_went_to_somebody_else_stays_theirs(
    campaign, alice, held
):
    close_campaign(campaign, alice)
    change_state(campaign=campaign, state="paused", actor=None)
    change_state(campaign=campaign, state="live", actor=None)
    other = make.make_member(campaign)
    taken = lease_next(campaign=campaign, annotator=other, ahead=3).assignments
    result = make.submit(held[0])
    assert result.state == "surplus"
    assert {one.comparison_id for one in taken} == {one.comparison_id for one in held}
    check_queue()


def test_removing_a_person_and_adding_them_again_does_not_end_a_pause(campaign, alice):
    pause_person(campaign, alice)
    remove_person(campaign, alice)
    give_role(campaign=campaign, user=alice, role="annotator", actor=None)
    assert Membership.objects.get(user=alice).paused_at is not None
    assert lease_next(campaign=campaign, annotator=alice).reason == "paused"
    resume_annotator(campaign=campaign, user=alice, actor=None)
    assert Membership.objects.get(user=alice).paused_at is None


def test_an_adjudicator_keeps_disputes_when_the_role_of_annotator_is_taken(campaign, alice, held):
    make.make_member(campaign, alice, role="adjudicator")
    dispute = make.make_assignment(
        make.make_comparison(campaign=campaign), alice, lane="adjudication"
    )
    remove_person(campaign, alice)
    dispute.refresh_from_db()
    assert dispute.state == "leased"
    assert {one.state for one in Assignment.objects.filter(slot__isnull=False)} == {"released"}


def test_the_api_says_why_an_answer_does_not_count(client, campaign, alice, held):
    client.force_login(alice)
    pause_person(campaign, alice)
    paths = {
        name: reverse(f"api-{name}", args=[held[0].public_id])
        for name in ("judgment", "heartbeat", "release")
    }

    def post(name, data):
        return client.post(paths[name], json.dumps(data), content_type="application/json")

    beat = post("heartbeat", {})
    assert (beat.status_code, "paused" in beat.json()["detail"]) == (409, True)
    reply = post("judgment", make.answer_data() | {"ahead": 2})
    body = reply.json()
    assert (reply.status_code, body["state"], body["reason"]) == (201, "surplus", "paused")
    assert "paused" in body["not_counted"]
    assert body["assignments"] == []


def test_an_answer_that_counts_says_nothing_of_it(client, alice, held):
    client.force_login(alice)
    path = reverse("api-judgment", args=[held[0].public_id])
    reply = client.post(path, json.dumps(make.answer_data()), content_type="application/json")
    assert (reply.json()["state"], reply.json()["not_counted"]) == ("counted", "")


def test_a_program_with_a_token_is_refused_and_kept_alike(client, campaign, alice, held):
    token = Token.objects.create(user=alice)
    close_campaign(campaign, alice)

    def post(name, data):
        return client.post(
            reverse(f"api-{name}", args=[held[0].public_id]),
            json.dumps(data),
            content_type="application/json",
            headers={"authorization": f"Token {token.key}"},
        )

    assert post("heartbeat", {}).status_code == 409
    reply = post("judgment", make.answer_data())
    assert (reply.status_code, reply.json()["state"]) == (201, "surplus")
    assert "closed" in reply.json()["not_counted"]


def test_the_plain_form_says_that_an_answer_after_a_pause_does_not_count(
    client, campaign, alice, held
):
    client.force_login(alice)
    pause_person(campaign, alice)
    page = reverse("judge", args=[campaign.slug])
    reply = client.post(page, form(held[0]), follow=True)
    assert "paused" in messages_of(reply)["warning"]
    assert Judgment.objects.get().surplus


def test_the_page_of_a_paused_person_says_how_many_answers_came_too_late(
    client, campaign, alice, held
):
    client.force_login(alice)
    make.submit(held[0])
    pause_campaign(campaign, alice)
    page = reverse("judge", args=[campaign.slug])
    assert parts(client.get(page), ".callout.warn") == []
    make.submit(held[1])
    assert part(client.get(page), ".callout.warn").numbers == [1]


def test_my_judgments_says_that_a_late_answer_counts_for_no_label(client, campaign, alice, held):
    client.force_login(alice)
    close_campaign(campaign, alice)
    make.submit(held[0])
    mine = client.get(reverse("mine", args=[campaign.slug]))
    assert part(mine, '[data-not-counted="surplus"]').text


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("stop", [pause_person, close_campaign])
def test_a_lease_that_waits_for_a_stop_finds_nothing(campaign, alice, stop):
    make.make_queued(campaign=campaign)
    started = threading.Event()
    found = []

    def lease():
        started.set()
        found.append(lease_next(campaign=campaign, annotator=alice))
        connection.close()

    with transaction.atomic():
        stop(campaign, alice)
        other = threading.Thread(target=lease)
        other.start()
        assert started.wait(60)
        wait_until_somebody_waits()
    other.join(60)
    assert [result.leases for result in found] == [[]]
    assert not Assignment.objects.exists()


def wait_until_somebody_waits():
    """Return once another connection waits for a row that this one has locked."""
    # Of this database only: the tests of other processes wait for locks in theirs. A transaction
    # goes on seeing what it saw first, unless it asks to look again.
    waiting = (
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(waiting)
            if cursor.fetchone()[0]:
                return
        time.sleep(0.02)
    pytest.fail("the lease did not wait for the stop")
