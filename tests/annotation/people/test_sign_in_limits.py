"""Guessing at passwords is slow for strangers, and keeps nobody out."""

from datetime import timedelta
from itertools import count

import pytest
from django.db import connection
from django.db.models import F
from django.test import Client, RequestFactory, override_settings

from annotation.common.addresses import network_of
from annotation.models import SignInLimit, User
from annotation.people.sign_in import browsers
from annotation.people.sign_in.backend import _checking
from annotation.people.sign_in.limits import ACCOUNT, ADDRESS
from tests.factories import make_user

pytestmark = pytest.mark.django_db
PASSWORD = "correct-horse-9"
PATHS = ("/login/", "/admin/login/")


@pytest.fixture
def ann():
    person = make_user("ann", is_staff=True)
    person.set_password(PASSWORD)
    person.save(update_fields=["password"])
    return person


def attempt(client, password="wrong", *, name="ann", address="192.0.2.1", path="/login/"):  # noqa: S107
    return client.post(path, {"username": name, "password": password}, REMOTE_ADDR=address)


def guess_until_refused(limit, **where):
    """Guess, each time from another browser; return how many guesses were looked at."""
    for n in range(limit.burst + 5):
        here = {name: value() if callable(value) else value for name, value in where.items()}
        if attempt(Client(), **here).status_code == 429:
            return n
    return None


def addresses():
    numbers = count(1)
    return lambda: f"198.51.100.{next(numbers)}"


def names():
    numbers = count(1)
    return lambda: f"nobody{next(numbers)}"


def pass_time(seconds):
    earlier = F("updated_at") - timedelta(seconds=seconds)
    SignInLimit.objects.update(updated_at=earlier)


@pytest.mark.parametrize("path", PATHS)
def test_an_account_is_guessed_at_ten_times_from_however_many_addresses(ann, path):
    assert guess_until_refused(ACCOUNT, address=addresses(), path=path) == ACCOUNT.burst
    refused = attempt(Client(), PASSWORD, address="203.0.113.9", path=path)
    assert refused.status_code == 429
    assert 0 < int(refused["Retry-After"]) <= ACCOUNT.every_s
    assert "Too many attempts" in refused.content.decode()
    assert "_auth_user_id" not in refused.wsgi_request.session


@pytest.mark.parametrize("path", PATHS)
def test_an_address_guesses_twenty_times_at_however_many_accounts(ann, path):
    assert guess_until_refused(ADDRESS, name=names(), path=path) == ADDRESS.burst
    assert attempt(Client(), PASSWORD, path=path).status_code == 429
    assert attempt(Client(), PASSWORD, address="203.0.113.9", path=path).status_code == 302


def test_a_name_is_one_account_however_it_is_typed_and_whether_it_exists():
    spelled = iter(["Ghost", "ghost ", "GHOST"] * 10)
    n = guess_until_refused(ACCOUNT, name=lambda: next(spelled), address=addresses())
    assert n == ACCOUNT.burst


def test_a_refused_attempt_is_not_hashed_and_not_counted(ann, monkeypatch):
    guess_until_refused(ACCOUNT, address=addresses())
    before = list(SignInLimit.objects.order_by("key").values_list("key", "level"))
    monkeypatch.setattr(User, "check_password", None)
    assert attempt(Client(), PASSWORD, address="203.0.113.1").status_code == 429
    levels = dict(SignInLimit.objects.values_list("key", "level"))
    assert all(levels[key] <= level for key, level in before)
    assert sum(levels.values()) <= sum(level for _, level in before)


def test_later_one_more_attempt_is_possible(ann):
    guess_until_refused(ACCOUNT, address=addresses())
    pass_time(ACCOUNT.every_s + 1)
    assert attempt(Client(), address="203.0.113.1").status_code == 422
    assert attempt(Client(), address="203.0.113.2").status_code == 429
    pass_time(ACCOUNT.every_s + 1)
    assert attempt(Client(), PASSWORD, address="203.0.113.3").status_code == 302


def test_a_stranger_keeps_nobody_out_of_a_browser_that_was_used_before(ann):
    own = Client()
    assert attempt(own, PASSWORD).status_code == 302
    guess_until_refused(ACCOUNT, address=addresses())
    own.session.flush()
    assert attempt(own, PASSWORD).status_code == 302


def test_a_known_browser_is_limited_too_and_known_for_its_own_accounts_only(ann):
    own = Client()
    attempt(own, PASSWORD)
    sent = [attempt(own, address=f"198.51.100.{n}").status_code for n in range(1, 13)]
    assert sent == [422] * 10 + [429] * 2
    other = make_user("ben")
    other.set_password(PASSWORD)
    other.save(update_fields=["password"])
    guess_until_refused(ACCOUNT, name="ben", address=addresses())
    assert attempt(own, PASSWORD, name="ben", address="203.0.113.4").status_code == 429


@pytest.mark.parametrize("cookie", ["", "x", "eyJpZCI6ICIxIn0:1:forged"])
def test_a_forged_cookie_makes_no_browser_known(ann, cookie):
    guess_until_refused(ACCOUNT, address=addresses())
    client = Client()
    client.cookies[browsers.COOKIE] = cookie
    assert attempt(client, PASSWORD, address="203.0.113.4").status_code == 429


def test_the_cookie_is_for_the_server_alone_and_gives_no_rights(ann):
    client = Client()
    attempt(client, PASSWORD)
    cookie = client.cookies[browsers.COOKIE]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    thief = Client()
    thief.cookies[browsers.COOKIE] = cookie.value
    assert thief.get("/").status_code == 302


def test_an_office_signs_in_from_one_address_all_day(ann):
    for _ in range(ADDRESS.burst + ACCOUNT.burst):
        assert attempt(Client(), PASSWORD).status_code == 302


def test_old_attempts_are_forgotten_at_the_next_sign_in(ann):
    attempt(Client(), name="ghost", address="198.51.100.7")
    pass_time(90_000)
    attempt(Client(), PASSWORD)
    assert not SignInLimit.objects.filter(level__gt=0).exists()
    assert SignInLimit.objects.count() == 1


def test_no_typed_name_is_stored(ann):
    attempt(Client(), name="my-password-by-mistake")
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(b::text, ' ') FROM annotation_signinlimit b")
        (stored,) = cursor.fetchone()
    assert "my-password" not in stored


def test_while_another_password_is_checked_the_rest_are_told_to_wait_and_not_counted(
    ann, monkeypatch
):
    monkeypatch.setattr("annotation.people.sign_in.backend.WAIT_FOR_TURN_S", 0.01)
    with _checking:
        assert attempt(Client(), PASSWORD).status_code == 429
    assert not SignInLimit.objects.filter(level__gt=0).exists()
    assert attempt(Client(), PASSWORD).status_code == 302


@pytest.mark.parametrize(
    ("sent", "network"),
    [
        ({"REMOTE_ADDR": "192.0.2.7"}, "192.0.2.7"),
        ({"REMOTE_ADDR": "::ffff:192.0.2.7"}, "192.0.2.7"),
        ({"REMOTE_ADDR": "2001:db8:1:2:3::9"}, "2001:db8:1:2::/64"),
        ({"REMOTE_ADDR": ""}, "unknown"),
        ({"REMOTE_ADDR": "192.0.2.7", "HTTP_X_FORWARDED_FOR": "203.0.113.5"}, "192.0.2.7"),
    ],
)
def test_the_network_of_a_request(sent, network):
    assert network_of(RequestFactory().get("/", **sent)) == network


@override_settings(BEHIND_PROXY=True)
@pytest.mark.parametrize(
    ("forwarded", "network"),
    [("203.0.113.5", "203.0.113.5"), ("10.0.0.1, 203.0.113.5", "203.0.113.5"), ("", "192.0.2.7")],
)
def test_behind_a_proxy_it_is_the_address_that_the_proxy_saw(forwarded, network):
    sent = {"REMOTE_ADDR": "192.0.2.7", "HTTP_X_FORWARDED_FOR": forwarded}
    assert network_of(RequestFactory().get("/", **sent)) == network
