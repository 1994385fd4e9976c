"""What a lead sets for the comparison screen: stored, shown, refused whole at the field."""

import pytest
from django.urls import reverse

from annotation.campaigns.events import sentence
from annotation.campaigns.services import change_settings
from annotation.errors import InvalidSetting
from annotation.models import Campaign, CampaignEvent
from tests.annotation.campaigns.test_campaign_settings import everything_entered
from tests.factories import make_campaign

pytestmark = pytest.mark.django_db
COLUMNS = (
    "purpose",
    "shows_outside",
    "asks_strength",
    "reason_chips",
    "least_gamut",
    "least_pane",
)
ENTERED = {
    "purpose": "gold",
    "asks_strength": "on",
    "reason_chips": "Hands\r\n\r\n  Faces, hair  \r\n",
    "least_gamut": "p3",
    "least_pane": "800",
}


def screen_of(campaign):
    return Campaign.objects.filter(pk=campaign.pk).values(*COLUMNS).get()


def test_a_live_campaign_takes_all_of_it_and_shows_it_again(page, alice):
    campaign = make_campaign(lead=alice, state="live")
    address = reverse("campaign-settings", args=[campaign.slug])
    assert page.post(address, everything_entered(**ENTERED)).url == address
    assert screen_of(campaign) == {
        "purpose": "gold",
        "shows_outside": False,
        "asks_strength": True,
        "reason_chips": ["Hands", "Faces, hair"],
        "least_gamut": "p3",
        "least_pane": 800,
    }
    form = page.get(address).context["form"]
    assert form["reason_chips"].value() == "Hands\nFaces, hair"
    assert (form["purpose"].value(), form["least_pane"].value()) == ("gold", 800)


def test_what_was_not_sent_stays_but_a_box_that_was_not_is_not_ticked(page, alice):
    campaign = make_campaign(
        lead=alice, purpose="benchmark", reason_chips=["Hands"], least_gamut="p3", least_pane=640
    )
    before = screen_of(campaign)
    page.post(reverse("campaign-settings", args=[campaign.slug]), everything_entered())
    assert screen_of(campaign) == before | {"shows_outside": False}


def test_an_empty_list_and_any_screen_can_be_entered(page, alice):
    campaign = make_campaign(
        lead=alice, reason_chips=["Hands"], least_gamut="p3", least_pane=640, asks_strength=True
    )
    nothing = {"purpose": "preferences", "reason_chips": "", "least_gamut": "", "least_pane": ""}
    entered = everything_entered(**nothing, shows_outside="on")
    page.post(reverse("campaign-settings", args=[campaign.slug]), entered)
    assert screen_of(campaign) == {
        "purpose": "preferences",
        "shows_outside": True,
        "asks_strength": False,
        "reason_chips": [],
        "least_gamut": "",
        "least_pane": None,
    }


def test_the_event_holds_old_and_new_and_reads_well():
    campaign = make_campaign(state="live")
    change_settings(
        campaign=campaign,
        actor=None,
        least_gamut="p3",
        reason_chips=["Hands", "Faces"],
        asks_strength=True,
    )
    event = CampaignEvent.objects.get(campaign=campaign)
    assert event.detail["changes"] == {
        "least_gamut": {"from": "", "to": "p3"},
        "reason_chips": {"from": [], "to": ["Hands", "Faces"]},
        "asks_strength": {"from": False, "to": True},
    }
    result = sentence(event)
    assert [each in result for each in ("p3", "Hands, Faces", "no to yes")] == [True] * 3


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("purpose", "fun"),
        ("least_gamut", "cmyk"),
        ("least_pane", 63),
        ("least_pane", 8193),
        ("reason_chips", [str(n) for n in range(13)]),
        ("reason_chips", ["x" * 61]),
        ("reason_chips", [" "]),
        ("reason_chips", ["a", "a"]),
    ],
)
def test_a_value_that_cannot_be_is_refused_at_its_field_and_changes_nothing(name, value):
    campaign = make_campaign()
    before = screen_of(campaign)
    with pytest.raises(InvalidSetting) as refusal:
        change_settings(campaign=campaign, actor=None, lease_minutes=7, **{name: value})
    assert refusal.value.field == name
    assert screen_of(campaign) == before
    assert not CampaignEvent.objects.filter(campaign=campaign).exists()


def test_the_page_shows_a_refusal_at_its_field(page, alice):
    campaign = make_campaign(lead=alice)
    before = screen_of(campaign)
    entered = everything_entered(**ENTERED | {"reason_chips": "a\na"})
    answer = page.post(reverse("campaign-settings", args=[campaign.slug]), entered)
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["reason_chips"]
    assert screen_of(campaign) == before
