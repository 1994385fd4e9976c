import pytest

from annotation.errors import DomainError, InvalidSetting
from annotation.models import CampaignEvent, Membership
from annotation.people.services import (
    give_role,
    pause_annotator,
    remove_role,
    resume_annotator,
)
from tests.factories import make_member, make_user

pytestmark = pytest.mark.django_db


def roles(campaign):
    held = Membership.objects.filter(campaign=campaign, removed_at__isnull=True)
    return sorted(held.values_list("user__username", "role"))


def events(campaign):
    return list(
        CampaignEvent.objects.filter(campaign=campaign).order_by("id").values_list("verb", "detail")
    )


def test_a_removed_role_comes_back_as_the_same_member(campaign, alice):
    bob = make_member(campaign, make_user("bob"))
    pseudonym = Membership.objects.get(user=bob).pseudonym
    pause_annotator(campaign=campaign, user=bob, reason="Rushes.", actor=alice)
    remove_role(campaign=campaign, user=bob, role="annotator", actor=alice)
    assert roles(campaign) == [("alice", "lead")]
    give_role(campaign=campaign, user=bob, role="annotator", actor=alice)
    back = Membership.objects.get(user=bob)
    assert (back.pseudonym, back.removed_at) == (pseudonym, None)
    assert back.paused_at is not None


def test_giving_a_role_twice_changes_nothing(campaign, alice):
    give_role(campaign=campaign, user=alice, role="annotator", actor=alice)
    give_role(campaign=campaign, user=alice, role="annotator", actor=alice)
    assert len(events(campaign)) == 1


def test_the_last_lead_stays(campaign, alice):
    with pytest.raises(DomainError, match="only lead"):
        remove_role(campaign=campaign, user=alice, role="lead", actor=alice)
    make_member(campaign, make_user("gone", is_active=False), role="lead")
    with pytest.raises(DomainError, match="only lead"):
        remove_role(campaign=campaign, user=alice, role="lead", actor=alice)
    assert ("alice", "lead") in roles(campaign)
    make_member(campaign, make_user("bob"), role="lead")
    remove_role(campaign=campaign, user=alice, role="lead", actor=alice)
    assert ("bob", "lead") in roles(campaign)
    assert ("alice", "lead") not in roles(campaign)


def test_a_role_that_is_not_held_cannot_be_taken(campaign, alice):
    before = roles(campaign)
    with pytest.raises(DomainError, match="alice"):
        remove_role(campaign=campaign, user=alice, role="annotator", actor=alice)
    assert roles(campaign) == before
    assert events(campaign) == []


def test_pausing_and_resuming_are_written_down_with_the_reason(campaign, alice):
    bob = make_member(campaign, make_user("bob"))
    pause_annotator(campaign=campaign, user=bob, reason=" Drifts from gold. ", actor=alice)
    assert Membership.objects.get(user=bob).paused_at is not None
    resume_annotator(campaign=campaign, user=bob, actor=alice)
    assert Membership.objects.get(user=bob).paused_at is None
    assert events(campaign) == [
        ("annotator_paused", {"user": "bob", "reason": "Drifts from gold."}),
        ("annotator_resumed", {"user": "bob"}),
    ]


@pytest.mark.parametrize("reason", ["", "  ", "x" * 201])
def test_a_pause_without_a_usable_reason_is_refused(campaign, alice, reason):
    bob = make_member(campaign, make_user("bob"))
    with pytest.raises(InvalidSetting):
        pause_annotator(campaign=campaign, user=bob, reason=reason, actor=alice)
    assert Membership.objects.get(user=bob).paused_at is None
    assert events(campaign) == []


def test_only_a_working_annotator_is_paused_and_only_a_paused_one_resumed(campaign, alice):
    bob = make_member(campaign, make_user("bob"))
    with pytest.raises(DomainError, match="not paused"):
        resume_annotator(campaign=campaign, user=bob, actor=alice)
    pause_annotator(campaign=campaign, user=bob, reason="Holiday.", actor=alice)
    with pytest.raises(DomainError, match="paused already"):
        pause_annotator(campaign=campaign, user=bob, reason="Again.", actor=alice)
    with pytest.raises(DomainError, match="does not have"):
        pause_annotator(campaign=campaign, user=alice, reason="Lead only.", actor=alice)
