"""Fields no form object guards: what cannot be stored or counted is refused, never an error."""

import pytest
from django.test import Client
from django.urls import reverse

from annotation.models import Membership
from tests.annotation.invariants import everything
from tests.factories import make_campaign, make_member, make_queued, make_user

pytestmark = pytest.mark.django_db
ENDLESS = "9" * 5_000


@pytest.fixture
def campaign(alice):
    campaign = make_campaign(lead=alice)
    make_member(campaign, make_user("bob"))
    return campaign


@pytest.fixture
def send(alice, campaign):
    """Return post(name, fields): as the lead, to a page of the campaign."""
    client = Client()
    client.force_login(alice)

    def post(name, fields, *more):
        return client.post(reverse(name, args=[campaign.slug, *more]), fields)

    return post


@pytest.mark.parametrize("name", ["people-role", "people-pause"])
def test_a_user_name_with_a_nul_is_nobodys(send, name):
    fields = {"username": "b\0b", "action": "remove", "role": "annotator", "reason": "Rushes."}
    before = everything()
    assert send(name, fields).status_code == 404
    assert everything() == before


@pytest.mark.parametrize("action", ["give", "remove"])
@pytest.mark.parametrize("role", ["owner", "lead\0", ""])
def test_a_role_there_is_not_is_neither_given_nor_taken(send, action, role):
    before = everything()
    assert send("people-role", {"username": "bob", "role": role, "action": action}).url
    assert everything() == before


def test_a_reason_with_a_nul_pauses_nobody(send):
    fields = {"username": "bob", "action": "pause", "reason": "Ru\0shes."}
    assert send("people-pause", fields).status_code == 302
    assert Membership.objects.get(user__username="bob").paused_at is None


def test_a_reason_with_a_nul_withdraws_no_comparison(send, campaign):
    comparison = make_queued(campaign=campaign)
    before = everything()
    fields = {"reason": "Wrong\0 source."}
    assert send("comparison-withdraw", fields, comparison.public_id).status_code == 302
    assert everything() == before


@pytest.mark.parametrize("n", [ENDLESS, "501", "0", "-1", "²", "\0", ""])
def test_a_number_that_cannot_be_meant_sends_nothing_back(send, n):
    before = everything()
    assert send("send-back", {"n": n, "by": "human"}).status_code == 302
    assert everything() == before
