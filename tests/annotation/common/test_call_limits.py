"""One person who calls without pause is told to wait; everybody else is served as before."""

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.authtoken.models import Token

from annotation.common import call_limits
from annotation.common.call_limits import MAX_PEOPLE, PICTURE, Buckets
from annotation.models import Assignment
from tests.factories import make_campaign, make_comparison, make_member

LIMIT = 5


@given(
    st.lists(st.floats(0.0, 30.0), min_size=1, max_size=60),
    st.integers(1, 50),
    st.sampled_from([1.0, PICTURE]),
)
def test_in_no_stretch_of_time_more_is_taken_than_a_minute_holds_and_refills(gaps, limit, cost):
    buckets, now, taken = Buckets(limit), 0.0, []
    for gap in gaps:
        now += gap
        if not buckets.take(1, cost, now):
            taken.append(now)
    for i, start in enumerate(taken):
        for j, end in enumerate(taken[i:], start=i):
            assert (j - i + 1) * cost <= limit + (end - start) * limit / 60 + 1e-6


@given(st.integers(1, 100))
def test_whoever_waits_as_long_as_told_is_served(limit):
    buckets = Buckets(limit)
    assert [buckets.take(1, 1.0, 0.0) for _ in range(limit)] == [0.0] * limit
    wait = buckets.take(1, 1.0, 0.0)
    assert wait > 0
    assert buckets.take(1, 1.0, wait + 1e-6) == 0.0


def test_people_are_counted_apart_and_the_idle_forgotten():
    buckets = Buckets(1)
    assert buckets.take(1, 1.0, 0.0) == 0.0
    assert buckets.take(1, 1.0, 0.0) > 0
    assert buckets.take(2, 1.0, 0.0) == 0.0
    for person in range(3, MAX_PEOPLE + 1):
        buckets.take(person, 1.0, 0.0)
    buckets.take(MAX_PEOPLE + 1, 1.0, 61.0)
    assert set(buckets.levels) == {MAX_PEOPLE + 1}


def test_a_limit_of_zero_is_none():
    assert not any(Buckets(0).take(1, 1.0, 0.0) for _ in range(1000))


@pytest.fixture
def limited(monkeypatch):
    monkeypatch.setattr(call_limits, "_buckets", Buckets(LIMIT))


@pytest.fixture
def campaign(db):
    campaign = make_campaign(state="live")
    for _ in range(3):
        make_comparison(campaign=campaign)
    return campaign


def by_session(person):
    client = Client()
    client.force_login(person)
    return client


def by_key(person):
    key = Token.objects.create(user=person).key
    return Client(headers={"Authorization": f"Token {key}"})


@pytest.mark.parametrize("signed_in", [by_session, by_key])
@pytest.mark.parametrize("accept", ["*/*", "application/json; indent=2"])
def test_the_call_after_the_last_is_refused_changes_nothing_and_says_when(
    limited, campaign, signed_in, accept
):
    ann, ben = make_member(campaign), make_member(campaign)
    client = signed_in(ann)
    url = f"/api/v1/campaigns/{campaign.slug}/assignments/next/"

    def ask(of):
        return of.post(url, "{}", content_type="application/json", headers={"Accept": accept})

    for _ in range(LIMIT):
        assert ask(client).status_code == 200
    before = list(Assignment.objects.order_by("pk").values())
    refused = ask(client)
    assert refused.status_code == 429
    assert refused.json()["field"] is None
    assert "Try again in" in refused.json()["detail"]
    assert 0 < int(refused["Retry-After"]) <= 60 / LIMIT + 1
    assert list(Assignment.objects.order_by("pk").values()) == before
    assert ask(signed_in(ben)).status_code == 200


def test_a_page_says_it_in_words(limited, campaign):
    client = by_session(make_member(campaign))
    for _ in range(LIMIT):
        assert client.get(reverse("home")).status_code == 200
    refused = client.get(reverse("home"))
    assert refused.status_code == 429
    assert "Nothing was changed." in refused.content.decode()


def test_pictures_count_a_third(limited, campaign):
    client = by_session(make_member(campaign))
    answers = [client.get("/media/none.webp").status_code for _ in range(3 * LIMIT + 1)]
    assert answers == [404] * 3 * LIMIT + [429]


def test_strangers_are_not_counted(limited, campaign):
    assert {Client().get(reverse("login")).status_code for _ in range(LIMIT + 3)} == {200}
