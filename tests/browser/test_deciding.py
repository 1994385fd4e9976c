"""An adjudicator decides by keyboard: the own answer, then the votes, a cause, and the next one."""

import pytest
from playwright.sync_api import expect

from annotation.models import Decision, Judgment
from tests import factories as make
from tests.annotation.adjudication.disputes import (
    FIRST,
    SECOND,
    adjudicator,
    campaign_with_lead,
    contest,
    offer_all,
)
from tests.browser.axe import violations_in_both_themes
from tests.browser.desk import await_pictures, press

# The first edit has the higher scores and is better.
ANSWER = "w s q a 1 Enter"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def campaign():
    return campaign_with_lead(second_reading_percent=0)[0]


def disputes(campaign, n):
    made = [
        contest(campaign, item=make.make_item(campaign, files=True), files=True) for _ in range(n)
    ]
    offer_all(campaign, *made)
    return made


def answer_by_keys(page, campaign):
    page.goto(f"/c/{campaign.slug}/decide/")
    await_pictures(page)
    press(page, ANSWER)
    expect(page.locator("#decision")).to_be_visible()


def test_two_disputes_are_decided_by_keys_alone(page, campaign, sign_in):
    one, other = disputes(campaign, 2)
    sign_in(page, adjudicator(campaign))
    answer_by_keys(page, campaign)
    expect(page.locator(".answers tbody tr")).to_have_count(3)
    press(page, "3 Enter")
    await_pictures(page)
    assert Decision.objects.get().cause == "hard"
    press(page, ANSWER)
    expect(page.locator("#decision")).to_be_visible()
    press(page, "e")
    expect(page.locator("#change")).to_be_visible()
    press(page, "b 4 Enter")
    expect(page.locator("h1")).to_have_text("Decide")
    decisions = Decision.objects.order_by("pk")
    assert [row.comparison_id for row in decisions] == [one.pk, other.pk]
    kept, changed = decisions
    assert kept.is_kept
    assert sorted([changed.first.ranks, changed.final.ranks]) == [FIRST, SECOND]


def test_a_cause_is_asked_for_and_the_form_keeps_what_was_typed(page, campaign, sign_in):
    disputes(campaign, 1)
    sign_in(page, adjudicator(campaign))
    answer_by_keys(page, campaign)
    press(page, "n")
    page.keyboard.type("Say what a halo is.")
    press(page, "Escape Enter")
    expect(page.locator("#cause-error")).to_have_text("Say why people disagreed.")
    expect(page.locator("#note")).to_have_value("Say what a halo is.")
    assert not Decision.objects.exists()


def test_marks_of_others_lie_on_the_pictures_after_the_own_answer(page, campaign, sign_in):
    [comparison] = disputes(campaign, 1)
    box = {"candidate": 0, "box": [0.1, 0.1, 0.2, 0.2], "dimension": None, "criterion": None}
    make.make_judgment(comparison, lane="gold", remarks={"defects": [box]})
    sign_in(page, adjudicator(campaign))
    answer_by_keys(page, campaign)
    expect(page.locator(".view rect")).to_have_count(1)


def test_the_pages_of_a_decision_pass_the_accessibility_check(page, campaign, sign_in):
    disputes(campaign, 1)
    contest(campaign, item=make.make_item(campaign, files=True), files=True)
    lead = campaign.memberships.get(role="lead").user
    sign_in(page, lead)
    page.goto(f"/c/{campaign.slug}/contested/?preview=hand_over&n=5")
    assert not violations_in_both_themes(page, "contested")
    answer_by_keys(page, campaign)
    assert not violations_in_both_themes(page, "decision")
    assert Judgment.objects.filter(lane="adjudication").count() == 1
