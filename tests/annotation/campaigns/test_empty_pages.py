"""A page without content says why, and leads to the step that fills it."""

import re
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories import make_campaign, make_comparison, make_item, make_member, make_queued
from tests.pages import parts

pytestmark = pytest.mark.django_db
EMPTY = re.compile(r'<div class="empty".*?</div>', re.DOTALL)
#: Pages of a lead that list something, which a new campaign does not have.
LISTS = ["items", "people", "comparisons", "references", "agreement", "disagreement", "snapshots"]
#: What each of them leads to, by how far the campaign is set up.
LEADS_TO = {
    "new": dict.fromkeys(LISTS, "imports")
    | {"people": "people", "references": "comparisons", "snapshots": "imports"},
    "imported": {
        "people": "people",
        "references": "comparisons",
        "agreement": "people",
        "disagreement": "people",
        "snapshots": "people",
    },
    "ready": dict.fromkeys(["agreement", "disagreement", "snapshots"], "campaign")
    | {"references": "comparisons"},
    "live": dict.fromkeys(["agreement", "disagreement", "snapshots"], "people")
    | {"references": "comparisons"},
}


def set_up(stage, lead):
    """Return a campaign that has been set up as far as the stage says."""
    campaign = make_campaign(lead=lead, state="live" if stage == "live" else "draft")
    if stage == "imported":
        make_item(campaign)
    elif stage != "new":
        make_member(campaign)
        make_queued(campaign=campaign)
    return campaign


def empty_parts(response):
    return EMPTY.findall(response.content.decode())


@pytest.mark.parametrize(
    ("stage", "name"), [(stage, name) for stage, pages in LEADS_TO.items() for name in pages]
)
def test_an_empty_page_of_a_lead_says_why_and_leads_to_what_fills_it(page, alice, stage, name):
    campaign = set_up(stage, alice)
    here = reverse(name, args=[campaign.slug])
    found = empty_parts(page.get(here))
    assert found
    for part in found:
        assert len(re.search(r"<p>(.*?)</p>", part, re.DOTALL)[1].split()) > 5
        address = unescape(re.search(r'href="([^"]+)"', part)[1])
        path = address.partition("#")[0] or here
        assert path == reverse(LEADS_TO[stage][name], args=[campaign.slug])
        assert page.get(path).status_code == 200
        if "#" in address:
            assert parts(page.get(path), f"#{address.partition('#')[2]}")


def test_a_page_without_content_asks_for_it_only_until_it_is_there(page, alice):
    campaign = set_up("live", alice)
    for name in ("items", "people", "comparisons"):
        assert empty_parts(page.get(reverse(name, args=[campaign.slug]))) == []


def test_own_answers_that_are_not_there_lead_to_judging(page, alice):
    campaign = make_campaign()
    make_member(campaign, alice)
    (part,) = empty_parts(page.get(reverse("mine", args=[campaign.slug])))
    assert reverse("judge", args=[campaign.slug]) in part


def test_a_lead_who_cannot_judge_is_led_to_the_page_that_gives_the_role(page, alice):
    campaign = make_campaign(lead=alice)
    people = reverse("people", args=[campaign.slug])
    assert people in empty_parts(page.get(reverse("judge", args=[campaign.slug])))[0]
    client = Client()
    client.force_login(make_member(campaign))
    answer = client.get(reverse("judge", args=[campaign.slug]))
    assert people not in answer.content.decode()


def test_a_list_that_a_filter_emptied_leads_back_to_the_whole(page, alice):
    campaign = set_up("live", alice)
    items = reverse("items", args=[campaign.slug])
    (part,) = empty_parts(page.get(items, {"text": "nothing says this"}))
    assert f'href="{items}"' in part
    make_comparison(campaign=campaign)
    (part,) = empty_parts(page.get(reverse("comparisons", args=[campaign.slug]), {"show": "held"}))
    assert "Nothing waits for your decision" in part


@pytest.mark.parametrize("name", ["snapshots", "help", "home"])
def test_the_documentation_of_the_api_is_linked_where_researchers_look(page, alice, name):
    campaign = make_campaign(lead=alice)
    args = [campaign.slug] if name == "snapshots" else []
    links = [
        link.attributes["href"] for link in parts(page.get(reverse(name, args=args)), "a[href]")
    ]
    assert reverse("api-docs") in links
