"""The short way of the two busiest calls answers as the framework does, and has its limits."""

import json
import uuid
from types import SimpleNamespace

import pytest
from django.db import OperationalError, connection, transaction
from django.test import Client
from rest_framework.authtoken.models import Token

from annotation.answers import context as answering
from annotation.common.hot_path import fetch_rows
from annotation.judging.api import hot_view
from annotation.models import Assignment, Judgment, Membership, User
from annotation.queue.services.leases import lease_next
from tests import factories as make
from tests.annotation.invariants import everything

pytestmark = pytest.mark.django_db
# The framework's own way: what the short one leaves to it.
LONG_WAY = "application/json, */*;q=0.8"


@pytest.fixture
def campaign():
    return make.make_campaign(overlap=2)


@pytest.fixture
def alice(campaign):
    return make.make_member(campaign)


@pytest.fixture
def clock(monkeypatch):
    """Return a clock that a test sets forward."""
    clock = SimpleNamespace(now=1_000.0)
    monkeypatch.setattr(hot_view, "time", SimpleNamespace(monotonic=lambda: clock.now))
    return clock


def poster(person, **headers):
    """Return post(path, body) with the person's token."""
    key = Token.objects.get_or_create(user=person)[0].key
    client = Client()

    def post(path, body="{}"):
        data = body if isinstance(body, str | bytes) else json.dumps(body)
        return client.post(
            f"/api/v1/{path}",
            data,
            content_type="application/json",
            headers={"Authorization": f"Token {key}"} | headers,
        )

    return post


def next_path(campaign):
    return f"campaigns/{campaign.slug}/assignments/next/"


@pytest.mark.parametrize("end", ["revoke", "deactivate"])
def test_a_token_that_ended_is_refused_after_its_seconds_and_leases_nothing(
    campaign, alice, clock, end
):
    for _ in range(2):
        make.make_queued(campaign=campaign)
    post = poster(alice)
    assert post(next_path(campaign)).status_code == 200
    if end == "revoke":
        Token.objects.filter(user=alice).delete()
    else:
        User.objects.filter(pk=alice.pk).update(is_active=False)
    clock.now += hot_view.TOKEN_SECONDS - 0.1
    assert post(next_path(campaign)).status_code == 200
    clock.now += 0.2
    before = everything()
    refused = post(next_path(campaign), {"ahead": 2})
    assert refused.status_code == 401
    assert set(refused.json()) == {"detail", "field"}
    assert refused.headers["WWW-Authenticate"] == "Token"
    assert everything() == before


def test_being_removed_from_a_campaign_bites_at_once(campaign, alice):
    make.make_queued(campaign=campaign)
    post = poster(alice)
    assert post(next_path(campaign)).status_code == 200
    Membership.objects.filter(user=alice).update(removed_at="2026-01-01T00:00Z")
    before = everything()
    assert post(next_path(campaign), {"ahead": 2}).status_code == 404
    assert everything() == before


def test_known_tokens_are_bounded(campaign, alice, monkeypatch):
    monkeypatch.setattr(hot_view, "MAX_KEYS", 2)
    for person in [alice, *(make.make_member(campaign) for _ in range(3))]:
        poster(person)(next_path(campaign))
        assert len(hot_view._people) <= 2


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{}",
        "{",
        "[1]",
        "null",
        '"x"',
        "[" * 100_000,
        b"\xff\xfe",
        '{"ahead": NaN}',
        '{"ahead": Infinity}',
        '{"ahead": 1e999}',
        '{"ahead": 0}',
        '{"ahead": true}',
        '{"behind": 1}',
        '{"ahead": 1' + " " * 1_100_000 + "}",
    ],
)
def test_both_ways_answer_a_request_for_work_alike(campaign, alice, body):
    short = poster(alice)(next_path(campaign), body)
    long = poster(alice, Accept=LONG_WAY)(next_path(campaign), body)
    assert (short.status_code, short.json()) == (long.status_code, long.json())
    assert not Assignment.objects.exists()


@pytest.mark.parametrize(
    "change",
    [
        {"client_id": "x"},
        {"note": "\ud800"},
        {"ahead": 4},
        {"extra": 1},
        {"verdict": {"ranks": [1, 1]}},
    ],
)
def test_both_ways_refuse_an_answer_alike_and_change_nothing(campaign, alice, change):
    make.make_queued(campaign=campaign)
    assignment = lease_next(campaign=campaign, annotator=alice).assignments[0]
    before = everything()
    for path in (assignment.public_id, uuid.uuid4()):
        answers = [
            poster(alice, **headers)(f"assignments/{path}/judgment/", make.answer_data() | change)
            for headers in ({}, {"Accept": LONG_WAY})
        ]
        assert answers[0].status_code in {400, 404}
        assert answers[0].status_code == answers[1].status_code
        assert answers[0].json() == answers[1].json()
    assert everything() == before


def test_both_ways_show_a_lease_alike(campaign, alice):
    make.make_queued(campaign=campaign)
    short = poster(alice)(next_path(campaign))
    long = poster(alice, Accept=LONG_WAY)(next_path(campaign))
    assert len(short.json()["assignments"]) == 1
    assert short.json() == long.json()
    assert short.headers["Content-Type"] == long.headers["Content-Type"] == "application/json"


def test_what_is_remembered_of_leases_is_bounded(campaign, alice, monkeypatch):
    monkeypatch.setattr(answering, "MAX_KNOWN", len(answering._known) + 1)
    for _ in range(3):
        make.make_queued(campaign=campaign)
    post = poster(alice)
    leases = post(next_path(campaign), {"ahead": 3}).json()["assignments"]
    assert len(answering._known) <= answering.MAX_KNOWN
    for lease in leases:
        assert post(f"assignments/{lease['id']}/judgment/", make.answer_data()).status_code == 201


@pytest.fixture
def fresh_connection():
    """Leave no dead connection behind for what empties the tables."""
    yield
    connection.close()


def lose_connection():
    """End this process's database session from another one."""
    pid = connection.connection.info.backend_pid
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    finally:
        other.close()


@pytest.mark.django_db(transaction=True)
def test_a_lost_connection_costs_no_lease_and_no_answer(campaign, alice, fresh_connection):
    make.make_queued(campaign=campaign)
    post = poster(alice)
    (first,) = post(next_path(campaign)).json()["assignments"]
    lose_connection()
    (again,) = post(next_path(campaign)).json()["assignments"]
    assert again["id"] == first["id"]
    data = make.answer_data()
    lose_connection()
    assert post(f"assignments/{first['id']}/judgment/", data).status_code == 201
    lose_connection()
    assert post(f"assignments/{first['id']}/judgment/", data).status_code == 200
    assert Judgment.objects.count() == 1
    assert Assignment.objects.get().state == "submitted"


@pytest.mark.django_db(transaction=True)
def test_a_key_is_looked_up_over_a_lost_connection(campaign, alice, fresh_connection, clock):
    post = poster(alice)
    assert post(next_path(campaign)).status_code == 200
    lose_connection()
    clock.now += hot_view.TOKEN_SECONDS + 0.1
    assert post(next_path(campaign)).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_a_connection_lost_inside_a_transaction_is_not_replaced(fresh_connection):
    with pytest.raises(OperationalError), transaction.atomic():  # noqa: PT012  the exit is part of it
        fetch_rows("SELECT 1", [])
        lose_connection()
        fetch_rows("SELECT 1", [])
