import pytest
from django.urls import reverse

from annotation.models import Membership
from tests.factories import make_judgment, make_member, make_queued, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def address(campaign):
    return reverse("people", args=[campaign.slug])


def has(campaign, username, role):
    return Membership.objects.filter(
        campaign=campaign, user__username=username, role=role, removed_at__isnull=True
    ).exists()


def test_roles_are_given_and_taken(page, campaign, address):
    make_member(campaign, make_user("bob"))
    role = reverse("people-role", args=[campaign.slug])
    page.post(role, {"username": "bob", "role": "lead", "action": "give"})
    assert has(campaign, "bob", "lead")
    page.post(role, {"username": "bob", "role": "annotator", "action": "remove"})
    assert not has(campaign, "bob", "annotator")


def test_the_last_lead_is_told_why_they_stay(page, campaign):
    role = reverse("people-role", args=[campaign.slug])
    answer = page.post(role, {"username": "alice", "role": "lead", "action": "remove"})
    assert "only lead" in page.get(answer.url).content.decode()
    assert has(campaign, "alice", "lead")


def test_a_stranger_to_the_campaign_is_not_found(page, campaign):
    make_user("bob")
    role = reverse("people-role", args=[campaign.slug])
    answer = page.post(role, {"username": "bob", "role": "lead", "action": "give"})
    assert answer.status_code == 404
    assert not has(campaign, "bob", "lead")


def test_pausing_needs_a_reason_and_is_undone(page, campaign, address):
    bob = make_member(campaign, make_user("bob"))
    pause = reverse("people-pause", args=[campaign.slug])
    page.post(pause, {"username": "bob", "action": "pause", "reason": " "})
    assert Membership.objects.get(user=bob).paused_at is None
    page.post(pause, {"username": "bob", "action": "pause", "reason": "Rushes."})
    assert Membership.objects.get(user=bob).paused_at is not None
    assert "Paused" in page.get(address).content.decode()
    page.post(pause, {"username": "bob", "action": "resume"})
    assert Membership.objects.get(user=bob).paused_at is None


def test_the_list_counts_per_person_and_asks_the_same_for_any_number(
    page, campaign, address, django_assert_num_queries
):
    comparison = make_queued(campaign=campaign)
    make_judgment(comparison, make_member(campaign, make_user("bob")), slot=1)
    with django_assert_num_queries(10):
        shown = page.get(address)
    lines = {line.user.username: line for line in shown.context["people"]}
    assert (lines["bob"].n_judgments, lines["alice"].n_judgments) == (1, 0)
    for _ in range(8):
        make_judgment(make_queued(campaign=campaign), slot=1)
    with django_assert_num_queries(10):
        assert len(page.get(address).context["people"]) == 10
