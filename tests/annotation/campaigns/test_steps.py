"""What a person does in each role, and the steps of a campaign once around."""

import pytest
from django.urls import reverse

from annotation.adjudication.services.offers import adjudicate_comparison
from annotation.campaigns.locks import SENSIBLE, TERMS, fixed_by_import, fixed_by_opening
from annotation.campaigns.setting_rules import ARMS, DRAFT_ONLY
from annotation.common.steps import (
    FIRST_TRAINING,
    first_open,
    loop_steps,
    next_before_judging,
    parts_of,
    setup_steps,
)
from annotation.handbook.glossary import terms
from annotation.models import Export, ModelSignal, SendBack, Snapshot
from tests.factories import (
    make_campaign,
    make_comparison,
    make_item,
    make_judgment,
    make_member,
    make_queued,
    make_rubric,
    make_user,
)
from tests.pages import part, parts

pytestmark = pytest.mark.django_db


def parts_in(campaign):
    return parts_of([campaign.pk])[campaign.pk]


def open_steps(steps):
    return [step.name for step in steps if not step.is_done]


def loop_of(campaign, judged=0, wanted=0):
    return loop_steps(parts_in(campaign), judged=judged, wanted=wanted)


def test_home_says_in_each_role_what_it_does_and_what_comes_next(page, alice):
    campaign = make_campaign(lead=alice)
    make_member(campaign, alice)
    make_member(campaign, alice, role="adjudicator")
    make_queued(campaign=campaign)
    home = page.get("/")
    lines = home.context["led"][0].roles
    assert [line.role for line in lines] == ["Lead", "Annotator", "Adjudicator"]
    assert len({line.about for line in lines}) == 3
    assert [line.target for line in lines] == ["people", "judge", ""]
    shown = part(home, "li.card")
    assert all(line.about in shown.text and line.advice in shown.text for line in lines)
    links = {link.attributes["href"] for link in parts(home, "a.button")}
    assert reverse("judge", args=[campaign.slug]) in links


def test_an_adjudicator_is_sent_to_a_dispute_that_waits(page, alice):
    campaign = make_campaign()
    make_member(campaign, alice, role="adjudicator")
    assert page.get("/").context["joined"][0].target == ""
    held = make_comparison(campaign=campaign, held_at=campaign.created_at, held_reason="Unclear.")
    adjudicate_comparison(comparison=held, actor=None)
    (line,) = page.get("/").context["joined"][0].roles
    assert (line.action, line.target) == ("Decide", "decide")
    assert line.advice.startswith("1 dispute waits")


def test_somebody_who_may_create_campaigns_is_led_to_the_form(client):
    client.force_login(make_user("boss", is_staff=True))
    link = part(client.get("/"), "a.button")
    assert link.attributes["href"] == reverse("campaign-new")


def test_a_draft_is_led_through_what_it_needs_in_order():
    campaign = make_campaign(state="draft", rubric=False)

    def steps():
        return setup_steps(campaign, parts_in(campaign))

    assert open_steps(steps()) == ["arms", "items", "rubric", "people", "comparisons"]
    assert first_open(steps()).name == "items"
    item = make_item(campaign)
    assert open_steps(steps()) == ["rubric", "people", "comparisons"]
    make_rubric(campaign)
    assert next_before_judging(campaign).target == "people"
    make_member(campaign)
    assert "3 judgments per comparison need as many annotators" in steps()[3].about
    make_comparison(item)
    assert open_steps(steps()) == []
    assert next_before_judging(campaign).target == "campaign"


def test_the_loop_is_led_through_once_from_judging_to_an_export():
    campaign = make_campaign()
    assert next_before_judging(campaign).target == "people"
    comparison = make_queued(campaign=campaign)
    make_judgment(comparison, slot=1)
    assert next_before_judging(campaign) is None
    few = loop_of(campaign, judged=FIRST_TRAINING - 1, wanted=5_000)
    assert first_open(few).name == "judge"
    assert "299 of 5,000" in few[0].lack
    assert first_open(loop_of(campaign, judged=9, wanted=9)).name == "freeze"
    snapshot = Snapshot.objects.create(
        campaign=campaign, content_sha256="0" * 64, manifest_path="snapshots/manifests/0.json"
    )
    assert first_open(loop_of(campaign, judged=FIRST_TRAINING, wanted=5_000)).name == "train"
    ModelSignal.objects.create(
        comparison=comparison, kind="surprise", value=1.0, priority=1.0, model="m"
    )
    assert first_open(loop_of(campaign, judged=9, wanted=9)).name == "send-back"
    SendBack.objects.create(comparison=comparison, raised_by=1, cause="by hand")
    export = Export.objects.create(snapshot=snapshot, format="canonical")
    assert first_open(loop_of(campaign, judged=9, wanted=9)).name == "export"
    Export.objects.filter(pk=export.pk).update(path="exports/one.zip")
    assert first_open(loop_of(campaign, judged=9, wanted=9)) is None


@pytest.mark.parametrize("state", ["paused", "closed"])
def test_a_campaign_that_hands_out_no_work_says_so(state):
    step = next_before_judging(make_campaign(state=state))
    assert state in step.lack
    assert step.target == "campaign"


def test_parts_of_many_campaigns_are_one_query_and_do_not_mix(django_assert_num_queries):
    first, second = make_campaign(), make_campaign(rubric=False)
    make_judgment(make_queued(campaign=first), slot=1)
    make_item(second, withdrawn_at=second.created_at)
    with django_assert_num_queries(1):
        found = parts_of([first.pk, second.pk])
    assert (found[first.pk].n_items, found[first.pk].n_comparisons) == (1, 1)
    assert found[first.pk].is_judged
    assert (found[second.pk].n_items, found[second.pk].n_published) == (0, 0)
    assert not found[second.pk].is_judged


def test_every_setting_of_a_draft_is_listed_before_the_step_that_fixes_it(page, alice):
    campaign = make_campaign(lead=alice, state="draft", overlap=4, stop_early=True)
    assert SENSIBLE.keys() == TERMS.keys() == set(DRAFT_ONLY)
    assert set(TERMS.values()) <= terms().keys()
    shown = page.get(reverse("campaign", args=[campaign.slug]))
    by_import, by_opening = (table.text for table in parts(shown, "table.fixed"))
    assert [line.value for line in fixed_by_import(campaign)] == ["20", "10"]
    assert len(fixed_by_import(campaign)) == len(ARMS)
    assert all(line.label in by_import for line in fixed_by_import(campaign))
    assert [line.value for line in fixed_by_opening(campaign)] == ["2", "4", "100", "0", "yes"]
    assert all(line.sensible in by_opening for line in fixed_by_opening(campaign))
    settings = f"{reverse('campaign-settings', args=[campaign.slug])}#fixed"
    assert settings in {link.attributes["href"] for link in parts(shown, "a[href]")}
    assert part(page.get(settings), "#fixed")


def test_settings_that_an_import_has_fixed_are_no_longer_offered(page, alice):
    campaign = make_campaign(lead=alice, state="draft")
    make_item(campaign)
    shown = page.get(reverse("campaign", args=[campaign.slug]))
    assert len(parts(shown, "table.fixed")) == 1
    arms = part(shown, 'li[data-step="arms"]')
    assert "done" in arms.attributes["class"]
    assert arms.numbers == [20, 10]


@pytest.mark.parametrize("state", ["draft", "live"])
def test_the_overview_shows_what_comes_after_going_live(page, alice, state):
    campaign = make_campaign(lead=alice, state=state)
    make_queued(campaign=campaign)
    shown = page.get(reverse("campaign", args=[campaign.slug]))
    names = [step.attributes["data-step"] for step in parts(shown, "li[data-step]")]
    assert names[-5:] == ["judge", "freeze", "train", "send-back", "export"]
    assert "open" in part(shown, "details.loop").attributes
