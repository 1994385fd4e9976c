"""The lead's pages about reference answers, and the examples in the guide."""

import pytest
from django.test import Client
from django.urls import reverse

from annotation.answers.plain_form import form_values
from annotation.comparisons.services import withdraw_comparison
from annotation.models import Campaign, ReferenceAnswer
from annotation.queue.services.slots import hold
from tests.factories import (
    answer_data,
    make_campaign,
    make_comparison,
    make_item,
    make_judgment,
    make_member,
    make_queued,
    make_reference,
)
from tests.pages import part, parts

pytestmark = pytest.mark.django_db


def posted(**changes):
    given = answer_data()
    values = form_values(given["scores"], given["verdict"]["ranks"], None, "")
    values.pop("note")
    return values | {"use": "example", "explanation": "The first keeps the face."} | changes


def test_a_lead_answers_a_comparison_and_puts_the_answer_to_use(page, alice, campaign):
    comparison = make_queued(campaign=campaign)
    listed = page.get(reverse("comparisons", args=[campaign.slug])).text
    address = reverse("reference-new", args=[campaign.slug, comparison.public_id])
    assert f'href="{address}"' in listed
    form = page.get(address)
    assert form.status_code == 200
    assert "generator-" not in form.text
    assert page.post(address, posted(use="gold")).status_code == 302
    made = ReferenceAnswer.objects.get()
    assert (made.use, made.ranks, made.created_by) == ("gold", [1, 2], alice)
    listed = page.get(reverse("comparisons", args=[campaign.slug])).text
    assert "Reference: gold" in listed
    assert address not in listed


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"rank-0": ""}, "rank-0"),
        ({"score-1-visual_quality": "9"}, "score-1-visual_quality"),
        ({"explanation": ""}, "explanation"),
        ({"use": "bronze"}, "use"),
        ({"rank-0": "2"}, "rank-0"),
        ({"tie_kind": "good"}, "tie_kind"),
    ],
)
def test_what_is_missing_is_marked_and_nothing_is_stored(page, campaign, changes, field):
    comparison = make_queued(campaign=campaign)
    address = reverse("reference-new", args=[campaign.slug, comparison.public_id])
    answer = page.post(address, posted(**changes))
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    entered = part(answer, 'textarea[name="explanation"]').text
    assert entered or field == "explanation"
    assert not ReferenceAnswer.objects.exists()


def test_a_refusal_of_the_comparison_stands_above_the_form(page, campaign):
    comparison = make_queued(campaign=campaign)
    make_judgment(comparison, slot=1)
    address = reverse("reference-new", args=[campaign.slug, comparison.public_id])
    answer = page.post(address, posted())
    assert answer.status_code == 422
    form = answer.context["form"]
    assert (list(form.errors), len(form.non_field_errors())) == (["__all__"], 1)
    assert part(answer, ".callout.bad").text == form.non_field_errors()[0]


def test_the_button_is_there_only_where_it_can_be_used(page, campaign):
    make_judgment(make_queued(campaign=campaign), slot=1)
    make_queued(make_item(campaign, held_out=True))
    assert "Use as reference" not in page.get(reverse("comparisons", args=[campaign.slug])).text


def test_without_a_rubric_there_is_nothing_to_score_on(alice, page):
    bare = make_campaign(lead=alice, rubric=False)
    comparison = make_comparison(campaign=bare)
    answer = page.get(reverse("reference-new", args=[bare.slug, comparison.public_id]))
    assert answer.status_code == 302
    assert answer.url == reverse("rubric", args=[bare.slug])


def test_the_list_says_when_a_lane_has_no_share_and_when_nobody_is_served(page, campaign):
    gold = make_reference(make_queued(campaign=campaign), use="gold")
    address = reverse("references", args=[campaign.slug])
    assert len(parts(page.get(address), ".callout.warn")) == 1
    Campaign.objects.filter(pk=campaign.pk).update(
        lane_plan=["gold", "random", "random", "coverage", "coverage"] * 10
    )
    shown = page.get(address)
    assert parts(shown, ".callout.warn") == []
    assert part(shown, "[data-share]").attributes["data-share"] == "20"
    hold([gold.comparison_id], reason="Nobody could judge it.")
    held = part(page.get(address), ".callout.warn").text
    withdraw_comparison(comparison=gold.comparison, reason="Blurred.", actor=None)
    assert part(page.get(address), ".callout.warn").text not in {"", held}


def test_a_lead_withdraws_one_and_is_told_what_becomes_of_its_comparison(page, campaign):
    for use, result in (("gold", "judged like any other again"), ("example", "not judged again")):
        made = make_reference(make_queued(campaign=campaign), use=use)
        address = reverse("reference-withdraw", args=[campaign.slug, made.public_id])
        assert result in page.post(address, follow=True).text
        assert "withdrawn before" in page.post(address, follow=True).text


def test_the_guide_shows_examples_beside_the_work_without_names(campaign):
    bob = make_member(campaign)
    make_queued(campaign=campaign)
    example = make_reference(
        make_comparison(campaign=campaign), explanation="It moved the horizon."
    )
    make_reference(make_comparison(campaign=campaign), use="gold", explanation="Secret.")
    client = Client()
    client.force_login(bob)
    text = client.get(reverse("judge", args=[campaign.slug])).text
    assert "It moved the horizon." in text
    assert f"/media/r/{example.public_id}/source/fit.webp" in text
    assert "Level 4" in text
    assert "Secret." not in text
    assert "generator-" not in text
    assert example.created_by.username not in text


def test_sensitive_examples_are_folded_away(campaign):
    make_queued(campaign=campaign)
    make_reference(make_comparison(make_item(campaign, sensitive="wounds")))
    client = Client()
    client.force_login(make_member(campaign))
    text = client.get(reverse("judge", args=[campaign.slug])).text
    assert "<details><summary>" in text
    assert text.index("<details><summary>") < text.index("wounds") < text.index("/media/r/")


def test_lists_cost_the_same_however_long_they_are(page, campaign, django_assert_max_num_queries):
    address = reverse("references", args=[campaign.slug])
    make_reference(make_queued(campaign=campaign), use="gold")
    page.get(address)
    with django_assert_max_num_queries(9):
        page.get(address)
    for use in ("gold", "training", "example") * 3:
        make_reference(make_queued(campaign=campaign), use=use)
    with django_assert_max_num_queries(9):
        page.get(address)
