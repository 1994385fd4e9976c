"""A lead previews the judging page of a comparison; nothing is leased or stored."""

import json

import pytest
from django.urls import reverse

from annotation.models import Assignment, CampaignEvent, Judgment, Membership, QueueEntry
from tests.factories import make_campaign, make_comparison, make_member, make_queued
from tests.pages import part, parts

pytestmark = pytest.mark.django_db


def address(comparison):
    return reverse("judge-preview", args=[comparison.campaign.slug, comparison.public_id])


def stored():
    """Return every row that judging would make or change."""
    models = (Assignment, Judgment, QueueEntry, Membership, CampaignEvent)
    return [list(model.objects.order_by("pk").values_list()) for model in models]


def test_a_preview_shows_the_page_and_stores_nothing_even_for_an_annotator(page, alice, campaign):
    comparison = make_queued(campaign=campaign)
    make_member(campaign, alice)
    before = stored()
    shown = page.get(address(comparison))
    assert part(shown, "#instruction").text == comparison.item.instruction
    assert len(parts(shown, "fieldset.scale")) == 4
    assert "disabled" in part(shown, "#submit").attributes
    assert part(shown, "#preview").text
    assert "generator-" not in shown.text
    assert page.post(address(comparison), {"action": "submit"}).status_code == 405
    assert stored() == before


def test_the_pictures_of_a_preview_are_those_of_the_leads_pages(page, campaign):
    comparison = make_queued(campaign=campaign, files=True)
    work = json.loads(part(page.get(address(comparison)), "#work").text)["assignment"]
    pictures = [work["source"], *work["candidates"]]
    assert len(pictures) == 3
    for picture in pictures:
        assert page.get(picture["url"]).status_code == 200
        assert page.get(picture["full_url"]).status_code == 200


def test_without_a_rubric_a_preview_leads_to_it(page, alice):
    bare = make_campaign(lead=alice, rubric=False)
    answer = page.get(address(make_comparison(campaign=bare)))
    assert (answer.status_code, answer.url) == (302, reverse("rubric", args=[bare.slug]))


def test_comparisons_and_the_page_of_one_link_the_preview(page, campaign):
    comparison = make_queued(campaign=campaign)
    link = f'href="{address(comparison)}"'
    assert link in page.get(reverse("comparisons", args=[campaign.slug])).text
    one = reverse("comparison", args=[campaign.slug, comparison.public_id])
    assert link in page.get(one).text
    nothing = page.get(reverse("judge", args=[campaign.slug])).text
    assert f'href="{reverse("comparisons", args=[campaign.slug])}"' in nothing
