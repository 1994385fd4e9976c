"""Keys of programs: shown once, hashed, scoped, and gone when they should be."""

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.db.models.functions import Now
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from rest_framework.authtoken.models import Token

from annotation.common.key_access import access_of, hash_of
from annotation.errors import DomainError
from annotation.judging.api import hot_view
from annotation.models import ApiKey, CampaignEvent, Export, Snapshot
from annotation.people.api_keys import MOST, create_key
from tests.factories import PASSWORD, make_member, make_queued, make_user

pytestmark = pytest.mark.django_db
NEW_PASSWORD = "nine-blue-herons-41"


@pytest.fixture(autouse=True)
def no_key_is_remembered():
    hot_view._people.clear()


@pytest.fixture
def bob(campaign):
    return make_member(campaign, make_user("bob"))


def a_key(person, *scopes, days=7, name="Loop"):
    scopes = scopes or ("annotate", "read", "export")
    return create_key(user=person, name=name, scopes=scopes, days=days, actor=person)


def caller(key):
    return Client(headers={"Authorization": f"Token {key}"})


def status_of(key, *, path="/api/v1/me/preferences/"):
    return caller(key).get(path).status_code


def test_a_key_is_shown_once_and_stored_as_its_hash_alone(page, alice):
    address = reverse("api-keys")
    fields = {"name": "Loop", "scopes": ["read"], "days": 30}
    answer = page.post(address, fields)
    key = answer.context["made"]
    assert key in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    row = ApiKey.objects.get()
    assert (row.user, row.name, row.scopes) == (alice, "Loop", ["read"])
    assert row.key_sha256 == hash_of(key)
    assert timedelta(days=29) < row.expires_at - row.created_at < timedelta(days=31)
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(k)::text FROM annotation_apikey k")
        assert key not in cursor.fetchone()[0]
    again = page.get(address)
    assert key not in again.content.decode()
    assert "Loop" in again.content.decode()
    assert status_of(key) == 200


@pytest.mark.parametrize(
    "fields",
    [
        {"name": " ", "scopes": ["read"], "days": 30},
        {"name": "Loop", "days": 30},
        {"name": "Loop", "scopes": ["everything"], "days": 30},
        {"name": "Loop", "scopes": ["read"], "days": 10_000},
        {"name": "N\x00", "scopes": ["read"], "days": 30},
    ],
)
def test_a_key_without_a_purpose_scope_or_end_is_refused(page, fields):
    assert page.post(reverse("api-keys"), fields).status_code == 422
    assert not ApiKey.objects.exists()


def test_a_person_has_a_bounded_number_of_keys(alice):
    for _ in range(MOST):
        a_key(alice)
    with pytest.raises(DomainError, match="Revoke one"):
        a_key(alice)
    assert ApiKey.objects.count() == MOST


def test_a_revoked_key_is_refused_and_recorded(page, alice):
    key = a_key(alice)
    page.post(reverse("api-key-revoke", args=[ApiKey.objects.get().public_id]))
    assert status_of(key) == 401
    verbs = CampaignEvent.objects.filter(verb__startswith="key_").order_by("pk")
    assert [(event.verb, event.actor) for event in verbs] == [
        ("key_created", alice), ("key_revoked", alice)
    ]  # fmt: skip
    assert not any(key in str(event.detail) for event in verbs)


def test_nobody_revokes_the_key_of_another(page, bob):
    key = a_key(bob)
    answer = page.post(reverse("api-key-revoke", args=[ApiKey.objects.get().public_id]))
    assert answer.status_code == 404
    assert status_of(key) == 200


@pytest.mark.parametrize("end", ["expiry", "closed account", "password", "password by command"])
def test_a_key_ends_with_its_time_its_account_and_its_password(page, alice, end, monkeypatch):
    key = a_key(alice)
    if end == "expiry":
        ApiKey.objects.update(expires_at=Now() - timedelta(seconds=1))
    elif end == "closed account":
        get_user_model().objects.update(is_active=False)
    elif end == "password":
        fields = {"new_password1": NEW_PASSWORD, "new_password2": NEW_PASSWORD}
        page.post(reverse("password_change"), fields | {"old_password": PASSWORD})
    else:
        monkeypatch.setattr("getpass.getpass", lambda *_, **__: NEW_PASSWORD)
        call_command("changepassword", "alice")
    assert access_of(key) is None
    assert status_of(key) == 401
    assert status_of(a_key(alice)) == (200 if end != "closed account" else 401)


def test_a_newer_hash_of_the_same_password_ends_no_key(alice, settings):
    key = a_key(alice)
    settings.PASSWORD_HASHERS = ["tests.hashers.OneRound", *settings.PASSWORD_HASHERS]
    before = get_user_model().objects.get().password
    Client().post("/login/", {"username": "alice", "password": PASSWORD})
    assert get_user_model().objects.get().password != before
    assert status_of(key) == 200


def test_the_judging_loop_refuses_a_key_a_second_after_it_ended(campaign, bob, monkeypatch):
    key, clock = a_key(bob), [1_000.0]
    monkeypatch.setattr(hot_view.time, "monotonic", lambda: clock[0])
    path = f"/api/v1/campaigns/{campaign.slug}/assignments/next/"

    def ask():
        return caller(key).post(path, "{}", content_type="application/json").status_code

    assert ask() == 200
    bob.set_password(NEW_PASSWORD)
    bob.save()
    assert hot_view.TOKEN_SECONDS <= 1
    clock[0] += hot_view.TOKEN_SECONDS + 0.01
    assert ask() == 401


@pytest.mark.parametrize("accept", ["*/*", "application/json; q=0.9"], ids=["short", "framework"])
def test_a_key_does_what_its_scopes_say_and_no_more(campaign, bob, accept):
    make_queued(campaign=campaign)
    path = f"/api/v1/campaigns/{campaign.slug}/assignments/next/"
    sent = {"content_type": "application/json", "headers": {"Accept": accept}}
    refused = caller(a_key(bob, "read", "export")).post(path, "{}", **sent)
    assert refused.status_code == 403
    assert refused.json() == {"detail": "This key lacks the scope annotate.", "field": None}
    assert not bob.assignments.exists()
    assert status_of(a_key(bob, "annotate")) == 403
    assert status_of(a_key(bob, "read")) == 200
    assert caller(a_key(bob, "annotate")).post(path, "{}", **sent).status_code == 200


def test_only_a_key_for_exports_downloads_one(campaign, alice, media_root):
    snapshot = Snapshot.objects.create(
        campaign=campaign, content_sha256="0" * 64, manifest_path="snapshots/manifests/0.json"
    )
    (media_root / "one.zip").write_bytes(b"PK")
    export = Export.objects.create(snapshot=snapshot, format="canonical", path="one.zip")
    path = reverse("export-download", args=[campaign.slug, export.public_id])
    assert status_of(a_key(alice, "read", "annotate"), path=path) == 403
    answer = caller(a_key(alice, "export")).get(path)
    assert b"".join(answer.streaming_content) == b"PK"
    assert caller("wrong").get(path).url.startswith("/login/?next=")
    assert status_of(a_key(make_user("charlie"), "export"), path=path) == 404


def test_a_key_opens_no_page(alice):
    client = caller(a_key(alice))
    for path in ("/", "/keys/", "/password/", "/log/"):
        assert client.get(path).url.startswith("/login/?next=")


def test_a_call_of_the_loop_looks_a_key_up_once_and_then_not(campaign, bob):
    key = a_key(bob)
    path = f"/api/v1/campaigns/{campaign.slug}/assignments/next/"
    access_of(key)  # the first use of a key in an hour is written down
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            caller(key).post(path, "{}", content_type="application/json")
        counts.append(sum("apikey" in one["sql"] for one in queries.captured_queries))
    assert counts == [1, 0]


def test_the_time_of_use_is_written_once_an_hour(alice):
    key = a_key(alice)
    access_of(key)
    first = ApiKey.objects.get().last_used_at
    assert first is not None
    access_of(key)
    assert ApiKey.objects.get().last_used_at == first
    earlier = first - timedelta(hours=2)
    ApiKey.objects.update(last_used_at=earlier)
    access_of(key)
    assert ApiKey.objects.get().last_used_at > earlier


def test_a_token_that_another_program_wrote_works_until_the_password_changes(alice):
    key = Token.objects.create(user=alice).key
    assert status_of(key) == 200
    alice.set_password(NEW_PASSWORD)
    alice.save()
    assert status_of(key) == 401


def test_the_command_makes_a_key_and_no_plain_token(alice, capsys):
    call_command("drf_create_token", "alice")
    key = capsys.readouterr().out.split()[2]
    assert status_of(key) == 200
    assert not Token.objects.exists()
    with pytest.raises(CommandError) as refused:
        call_command("drf_create_token", "nobody")
    assert refused.value.returncode == 2
    assert ApiKey.objects.count() == 1
