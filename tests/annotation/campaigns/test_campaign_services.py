import pytest

from annotation.campaigns.services import (
    NEXT_STATES,
    change_settings,
    change_state,
    create_campaign,
)
from annotation.errors import CampaignNotReady, DomainError, InvalidSetting
from annotation.models import Campaign, CampaignEvent, Comparison, Membership, QueueEntry, Rubric
from annotation.rubrics.selectors import words_of
from tests.factories import (
    make_campaign,
    make_item,
    make_member,
    make_queued,
    make_rubric,
    make_user,
)

pytestmark = pytest.mark.django_db
SETTINGS = (
    "name",
    "k",
    "overlap",
    "lease_minutes",
    "random_arm_percent",
    "held_out_percent",
    "state",
)


def stored(campaign):
    return Campaign.objects.filter(pk=campaign.pk).values(*SETTINGS).get()


def ready_campaign(**columns):
    campaign = make_campaign(**{"state": "draft"} | columns)
    make_queued(campaign=campaign)
    make_member(campaign)
    return campaign


def test_a_new_campaign_is_a_draft_led_by_its_maker_with_the_default_rubric_as_draft():
    alice = make_user("alice")
    campaign = create_campaign(name="Summer edits", slug="summer", actor=alice, k=3, overlap=5)
    assert (campaign.state, campaign.k, campaign.overlap) == ("draft", 3, 5)
    assert list(Membership.objects.values_list("user__username", "role")) == [("alice", "lead")]
    rubric = Rubric.objects.get(campaign=campaign)
    assert (rubric.version, rubric.published_at) == (1, None)
    dimensions = words_of(rubric)
    assert [d.slug for d in dimensions] == ["instruction_following", "visual_quality"]
    assert all([level.value for level in d.levels] == [1, 2, 3, 4] for d in dimensions)
    assert all(len(d.criteria) == 3 for d in dimensions)
    assert CampaignEvent.objects.get(campaign=campaign).verb == "created"


def test_a_campaign_made_by_a_command_has_nobody_in_it():
    campaign = create_campaign(name="Made by a script", slug="script", actor=None)
    assert not Membership.objects.filter(campaign=campaign).exists()


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"slug": "two words"}, "slug"),
        ({"slug": ""}, "slug"),
        ({"slug": "x" * 61}, "slug"),
        ({"slug": "taken"}, "slug"),
        ({"name": "  "}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"k": 1}, "k"),
        ({"k": 5}, "k"),
        ({"overlap": 0}, "overlap"),
        ({"overlap": 21}, "overlap"),
        ({"lease_minutes": 0}, "lease_minutes"),
        ({"random_arm_percent": 19}, "random_arm_percent"),
        ({"random_arm_percent": 20, "held_out_percent": 21}, "held_out_percent"),
        ({"held_out_percent": -1}, "held_out_percent"),
        ({"send_back_batch": -1}, "send_back_batch"),
    ],
)
def test_a_campaign_with_a_bad_value_is_refused_by_name_and_not_created(given, field):
    make_campaign(slug="taken")
    with pytest.raises(InvalidSetting) as refusal:
        create_campaign(**{"name": "Fine", "slug": "fine", "actor": make_user()} | given)
    assert refusal.value.field == field
    assert Campaign.objects.count() == 1
    assert not Membership.objects.exists()


def test_settings_change_with_an_event_that_holds_old_and_new():
    campaign = make_campaign(state="draft", overlap=3)
    changed = change_settings(campaign=campaign, actor=None, overlap=4, name="New name", k=2)
    assert (changed.overlap, changed.name) == (4, "New name")
    event = CampaignEvent.objects.get(campaign=campaign)
    assert event.verb == "settings"
    assert event.detail["changes"]["overlap"] == {"from": 3, "to": 4}
    assert "k" not in event.detail["changes"]


def test_a_new_overlap_in_a_draft_reaches_the_comparisons_that_wait():
    campaign = ready_campaign(overlap=3)
    change_settings(campaign=campaign, actor=None, overlap=5)
    assert Comparison.objects.get(campaign=campaign).overlap == 5
    assert QueueEntry.objects.filter(campaign=campaign).count() == 5


@pytest.mark.parametrize("state", ["pilot", "live", "paused", "closed"])
@pytest.mark.parametrize(
    "change", [{"k": 3}, {"overlap": 4}, {"random_arm_percent": 30}, {"held_out_percent": 5}]
)
def test_what_people_judged_under_never_changes_after_the_draft(state, change):
    campaign = make_campaign(state=state)
    before = stored(campaign)
    with pytest.raises(InvalidSetting, match="draft only"):
        change_settings(campaign=campaign, actor=None, lease_minutes=9, **change)
    assert stored(campaign) == before
    assert not CampaignEvent.objects.exists()


def test_the_arms_stay_once_an_item_was_drawn_into_them():
    campaign = make_campaign(state="draft")
    make_item(campaign)
    with pytest.raises(InvalidSetting, match="were drawn"):
        change_settings(campaign=campaign, actor=None, random_arm_percent=50)
    assert stored(campaign)["random_arm_percent"] == 20


def test_a_live_campaign_may_still_change_its_name_and_lease_time():
    campaign = make_campaign(state="live")
    changed = change_settings(campaign=campaign, actor=None, name="Other", lease_minutes=45)
    assert (changed.name, changed.lease_minutes) == ("Other", 45)


def test_opening_names_everything_that_is_missing_and_stays_a_draft():
    campaign = create_campaign(name="Bare", slug="bare", actor=make_user())
    with pytest.raises(CampaignNotReady) as refusal:
        change_state(campaign=campaign, state="live", actor=None)
    for part in ("published rubric", "comparison", "annotator"):
        assert part in str(refusal.value)
    assert stored(campaign)["state"] == "draft"


@pytest.mark.parametrize("lacking", ["rubric", "comparison", "annotator"])
def test_opening_needs_each_of_its_three_parts(lacking):
    campaign = make_campaign(state="draft", rubric=lacking != "rubric")
    if lacking == "rubric":
        make_rubric(campaign, published=False)
    withdrawn = {"withdrawn_at": campaign.created_at} if lacking == "comparison" else {}
    make_queued(campaign=campaign, **withdrawn)
    removed = {"removed_at": campaign.created_at} if lacking == "annotator" else {}
    make_member(campaign, **removed)
    with pytest.raises(CampaignNotReady, match=lacking):
        change_state(campaign=campaign, state="pilot", actor=None)
    assert stored(campaign)["state"] == "draft"


def test_a_ready_campaign_goes_the_whole_way_and_each_step_is_written_down():
    campaign, alice = ready_campaign(), make_user("alice")
    way = ["pilot", "paused", "pilot", "live", "paused", "live", "closed", "paused", "live"]
    for state in way:
        campaign = change_state(campaign=campaign, state=state, actor=alice)
        assert stored(campaign)["state"] == state
    events = CampaignEvent.objects.filter(verb="state", actor=alice).order_by("id")
    assert [event.detail["to"] for event in events] == way
    assert events[0].detail["from"] == "draft"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (before, after)
        for before in Campaign.State.values
        for after in [*Campaign.State.values, "gone"]
        if after not in NEXT_STATES[before]
    ],
)
def test_a_step_that_does_not_exist_changes_nothing(before, after):
    campaign = ready_campaign(state=before)
    with pytest.raises(DomainError):
        change_state(campaign=campaign, state=after, actor=None)
    assert stored(campaign)["state"] == before
    assert not CampaignEvent.objects.exists()
