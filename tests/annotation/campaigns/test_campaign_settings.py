"""What a lead may set: stored, recorded with old and new, refused whole at the field."""

import pytest
from django.urls import reverse

from annotation.campaigns.events import sentence
from annotation.campaigns.services import change_settings
from annotation.errors import InvalidSetting
from annotation.models import Campaign, CampaignEvent, Comparison, QueueEntry
from annotation.queue.services.lanes import shares_of
from tests.factories import make_campaign, make_queued

pytestmark = pytest.mark.django_db
SHARES = {"coverage": 30, "random": 30, "disagreement": 20, "gold": 10, "repeat": 8, "training": 2}


def stored(campaign):
    return Campaign.objects.filter(pk=campaign.pk).values().get()


def everything_entered(**changes):
    numbers = {"lease_minutes": 30, "send_back_batch": 10, "revise_minutes": 15}
    numbers |= {"second_reading_percent": 20}
    numbers |= {"repeat_percent": 5, "repeat_after_minutes": 60, "repeat_after_serves": 20}
    numbers |= {"daily_cap": "", "person_cap": 400}
    shares = {f"share_{lane}": share for lane, share in SHARES.items()}
    return {"name": "Street"} | numbers | shares | changes


def test_a_live_campaign_takes_new_shares_caps_repeats_and_window(page, alice):
    campaign = make_campaign(lead=alice, state="live", daily_cap=10)
    address = reverse("campaign-settings", args=[campaign.slug])
    assert page.post(address, everything_entered()).url == address
    campaign.refresh_from_db()
    assert shares_of(campaign.lane_plan) == SHARES
    assert (campaign.daily_cap, campaign.person_cap) == (None, 400)
    assert (campaign.repeat_percent, campaign.revise_minutes) == (5, 15)
    assert campaign.second_reading_percent == 20
    shown = page.get(address).context["form"]
    assert {field.name: field.value() for field in shown.shares()}["share_gold"] == 10


def test_the_event_holds_old_and_new_and_reads_well():
    campaign = make_campaign(state="live", daily_cap=10)
    change_settings(campaign=campaign, actor=None, daily_cap=None, lane_shares=SHARES)
    event = CampaignEvent.objects.get(campaign=campaign)
    assert event.detail["changes"]["lane_shares"]["to"] == SHARES
    assert event.detail["changes"]["lane_shares"]["from"]["random"] == 26
    assert event.detail["changes"]["daily_cap"] == {"from": 10, "to": None}
    assert "10" in sentence(event)


def test_the_same_shares_again_are_no_change():
    campaign = make_campaign(state="live")
    before = stored(campaign)
    shares = {lane: n for lane, n in shares_of(campaign.lane_plan).items() if n}
    change_settings(campaign=campaign, actor=None, lane_shares=shares)
    assert stored(campaign) == before
    assert not CampaignEvent.objects.exists()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"lane_shares": {"random": 20, "coverage": 80}}, "share_random"),
        ({"lane_shares": {"random": 50, "coverage": 40}}, "lane_shares"),
        ({"lane_shares": {"random": 51, "coverage": 49}}, "share_coverage"),
        ({"daily_cap": 0}, "daily_cap"),
        ({"person_cap": -1}, "person_cap"),
        ({"repeat_percent": 101}, "repeat_percent"),
        ({"repeat_after_minutes": -1}, "repeat_after_minutes"),
        ({"repeat_after_serves": -1}, "repeat_after_serves"),
        ({"repeat_percent": None}, "repeat_percent"),
        ({"revise_minutes": -1}, "revise_minutes"),
        ({"second_reading_percent": 101}, "second_reading_percent"),
        ({"revise_minutes": True}, "revise_minutes"),
        ({"overlap_share": 101}, "overlap_share"),
        ({"overlap_cap": 2}, "overlap_cap"),
        ({"overlap_cap": 21}, "overlap_cap"),
        ({"overlap_cap": 4, "overlap": 5}, "overlap_cap"),
    ],
)
def test_what_cannot_be_stored_is_refused_whole(change, field):
    campaign = make_campaign(state="draft", overlap=3)
    before = stored(campaign)
    with pytest.raises(InvalidSetting) as refusal:
        change_settings(campaign=campaign, actor=None, name="Other", **change)
    assert refusal.value.field == field
    assert stored(campaign) == before
    assert not CampaignEvent.objects.exists()


@pytest.mark.parametrize("state", ["pilot", "live", "paused", "closed"])
@pytest.mark.parametrize(
    "change", [{"overlap_share": 50}, {"overlap_cap": 5}, {"stop_early": True}]
)
def test_overlap_rules_are_settled_with_the_draft(state, change):
    campaign = make_campaign(state=state, overlap=3)
    before = stored(campaign)
    with pytest.raises(InvalidSetting, match="draft only"):
        change_settings(campaign=campaign, actor=None, lease_minutes=9, **change)
    assert stored(campaign) == before


def test_a_new_share_of_full_overlap_in_a_draft_reaches_the_comparisons_that_wait():
    campaign = make_campaign(state="draft", overlap=3)
    for _ in range(12):
        make_queued(campaign=campaign)
    for share, fits in ((0, {1}), (50, {1, 3}), (100, {3})):
        change_settings(campaign=campaign, actor=None, overlap_share=share)
        overlaps = list(Comparison.objects.values_list("overlap", flat=True))
        assert set(overlaps) <= fits
        assert QueueEntry.objects.count() == sum(overlaps)
    assert sum(overlaps) == 36


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"share_random": 20, "share_coverage": 40}, "share_random"),
        ({"share_gold": ""}, "share_gold"),
    ],
)
def test_a_share_that_makes_no_plan_is_refused_at_its_field(page, alice, change, field):
    campaign = make_campaign(lead=alice, state="live")
    before = stored(campaign)
    address = reverse("campaign-settings", args=[campaign.slug])
    answer = page.post(address, everything_entered(**change))
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert stored(campaign) == before


def test_shares_that_do_not_add_up_are_shown_above_the_form(page, alice):
    campaign = make_campaign(lead=alice, state="live")
    address = reverse("campaign-settings", args=[campaign.slug])
    answer = page.post(address, everything_entered(share_gold=0))
    assert answer.status_code == 422
    assert "make 90 %, not 100 %" in answer.content.decode()


def test_repeats_without_a_share_are_pointed_out(page, alice):
    campaign = make_campaign(lead=alice, state="live", repeat_percent=5)
    address = reverse("campaign-settings", args=[campaign.slug])
    assert "Repeats come last." in page.get(address).content.decode()
    change_settings(campaign=campaign, actor=None, lane_shares=SHARES)
    assert "Repeats come last." not in page.get(address).content.decode()
