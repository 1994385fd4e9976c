"""Links for one use: joining a campaign, and setting a new password."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.test import Client
from django.urls import reverse

from annotation.common.key_access import access_of
from annotation.models import AccountLink, CampaignEvent, Membership, User
from annotation.people.api_keys import create_key
from annotation.people.first_passwords import require_new_password
from annotation.people.services import give_role, remove_role
from tests.factories import PASSWORD, make_campaign, make_member, make_user

pytestmark = pytest.mark.django_db
NEW_PASSWORD = "nine-blue-herons-41"
ACCOUNT = {"username": "bob", "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}


@pytest.fixture
def address(campaign):
    return reverse("people", args=[campaign.slug])


@pytest.fixture
def link(page, address):
    return page.post(address, {"note": "Bob", "roles": ["annotator"]}).context["link"]


@pytest.fixture
def bob(campaign):
    return make_member(campaign, make_user("bob"))


def browser(person):
    client = Client()
    client.force_login(person)
    return client


def state():
    return (
        list(Membership.objects.order_by("pk").values_list("user", "role", "removed_at")),
        list(User.objects.order_by("pk").values_list("pk", "password")),
        list(AccountLink.objects.order_by("pk").values_list("pk", "used_at")),
    )


def reset_link(page, campaign, username):
    answer = page.post(reverse("people-reset-link", args=[campaign.slug]), {"username": username})
    return answer.context["link"] if answer.status_code == 200 else None


def test_a_link_is_shown_once_and_stored_as_a_hash(page, address, link):
    secret = parse_qs(urlsplit(link).query)["key"][0]
    assert len(secret) > 40
    assert secret not in page.get(address).content.decode()
    assert "Bob" in page.get(address).content.decode()
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(k)::text FROM annotation_accountlink k")
        assert secret not in cursor.fetchone()[0]
    assert not any(secret in str(event.detail) for event in CampaignEvent.objects.all())
    row = AccountLink.objects.get()
    assert row.expires_at - row.created_at == timedelta(hours=72)


def test_whoever_has_no_account_makes_one_with_an_own_password_and_is_signed_in(campaign, link):
    client = Client()
    shown = client.get(link)
    assert campaign.name in shown.content.decode()
    assert shown["Referrer-Policy"] == "strict-origin"
    assert "no-store" in shown["Cache-Control"]
    assert client.post(link, ACCOUNT).url == "/"
    bob = User.objects.get(username="bob")
    assert bob.check_password(NEW_PASSWORD)
    assert bob.memberships.get().role == "annotator"
    assert client.get("/").context["user"] == bob
    events = CampaignEvent.objects.filter(actor=bob).order_by("pk")
    assert [event.verb for event in events] == ["account_made", "joined", "signed_in"]


@pytest.mark.parametrize(
    "change",
    [
        {"password2": "other"},
        {"password1": "short", "password2": "short"},
        {"username": "alice"},
        {"username": "a b"},
        {"username": "b\x00b"},
        {"username": ""},
    ],
)
def test_a_refused_account_leaves_the_link_unused(link, change):
    before = state()
    assert Client().post(link, ACCOUNT | change).status_code == 422
    assert state() == before


def test_nobody_joins_without_agreeing(campaign, link):
    bob = make_user("bob")
    client = browser(bob)
    assert "as <b>bob</b>" in client.get(link).content.decode()
    assert not bob.memberships.exists()
    client.post(link)
    assert bob.memberships.get().campaign == campaign


def test_a_link_works_once(link):
    assert Client().post(link, ACCOUNT).status_code == 302
    before = state()
    for client in (Client(), browser(make_user("charlie"))):
        answer = client.post(link, ACCOUNT | {"username": "eve"})
        assert answer.status_code == 404
        assert "This link is over" in answer.content.decode()
    assert state()[0] == before[0]
    assert not User.objects.filter(username="eve").exists()


@pytest.mark.parametrize("end", ["time", "withdrawn", "lead removed", "lead closed", "changed"])
def test_a_link_ends_with_its_time_its_withdrawal_and_its_lead(page, alice, campaign, link, end):
    if end == "time":
        AccountLink.objects.update(expires_at=Now() - timedelta(seconds=1))
    elif end == "withdrawn":
        row = AccountLink.objects.get()
        page.post(reverse("invitation-withdraw", args=[campaign.slug, row.public_id]))
    elif end == "lead removed":
        give_role(campaign=campaign, user=make_user("dora"), role="lead", actor=None)
        remove_role(campaign=campaign, user=alice, role="lead", actor=None)
    elif end == "lead closed":
        User.objects.filter(pk=alice.pk).update(is_active=False)
    else:
        link = link[:-1]
    before = state()
    assert Client().get(link).status_code == 404
    assert Client().post(link, ACCOUNT).status_code == 404
    assert state() == before


def test_somebody_who_has_the_roles_leaves_the_link_for_another(bob, link):
    before = state()
    answer = browser(bob).post(link, follow=True)
    assert "joined already" in answer.content.decode()
    assert state() == before


@pytest.mark.parametrize("roles", [[], ["owner"]])
def test_an_invitation_without_a_known_role_is_refused(page, address, roles):
    assert page.post(address, {"note": "Bob", "roles": roles}).status_code == 422
    assert not AccountLink.objects.exists()


def test_a_lead_helps_somebody_who_forgot_the_password(page, campaign, bob):
    key = create_key(user=bob, name="Loop", scopes=["read"], days=7, actor=bob)
    signed_in = browser(bob)
    first, link = (reset_link(page, campaign, "bob") for _ in range(2))
    assert Client().get(first).status_code == 404
    fields = {"new_password1": NEW_PASSWORD, "new_password2": NEW_PASSWORD}
    assert Client().post(link, fields | {"new_password2": "other"}).status_code == 422
    assert Client().post(link, fields).url == "/login/"
    bob.refresh_from_db()
    assert bob.check_password(NEW_PASSWORD)
    assert Client().post(link, fields).status_code == 404
    assert signed_in.get("/").url.startswith("/login/")
    assert access_of(key) is None
    verbs = CampaignEvent.objects.filter(verb__contains="reset").order_by("pk")
    assert [event.verb for event in verbs] == ["reset_link_made"] * 2 + ["password_reset"]


@pytest.mark.parametrize("who", ["lead", "staff", "elsewhere", "gone"])
def test_a_lead_gets_no_link_to_an_account_with_other_rights(page, campaign, bob, who):
    if who == "lead":
        give_role(campaign=make_campaign(), user=bob, role="lead", actor=None)
    elif who == "staff":
        User.objects.filter(pk=bob.pk).update(is_staff=True)
    elif who == "elsewhere":
        make_member(make_campaign(), bob)
    else:
        remove_role(campaign=campaign, user=bob, role="annotator", actor=None)
    assert reset_link(page, campaign, "bob") is None
    assert not AccountLink.objects.exists()


def test_a_password_of_somebody_elses_choice_is_changed_before_anything_else(bob):
    require_new_password(user=bob)
    client = browser(bob)
    for path in ("/", "/keys/", "/help/"):
        assert client.get(path).url == "/password/"
    refused = client.get("/api/v1/me/preferences/")
    assert (refused.status_code, refused.json()["field"]) == (403, None)
    assert "Somebody else chose" in client.get("/password/").content.decode()
    fields = {"new_password1": NEW_PASSWORD, "new_password2": NEW_PASSWORD}
    client.post("/password/", fields | {"old_password": PASSWORD})
    assert client.get("/").status_code == 200
    assert not User.objects.get(username="bob").must_change_password


def test_an_administrator_s_choice_of_a_password_must_be_changed_but_not_the_own(bob):
    root = make_user("root", is_staff=True, is_superuser=True)
    client = browser(root)
    fields = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD, "usable_password": "true"}
    for person in (bob, root):
        change = reverse("admin:auth_user_password_change", args=[person.pk])
        assert client.post(change, fields).status_code == 302
    assert User.objects.get(username="bob").must_change_password
    assert not User.objects.get(username="root").must_change_password
    client.post(reverse("admin:annotation_user_add"), fields | {"username": "new"})
    assert User.objects.get(username="new").must_change_password
