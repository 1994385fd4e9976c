"""Own answers in a browser: from the judging page to the list, and a change without script."""

from playwright.sync_api import expect

from annotation.models import Judgment
from tests.browser.desk import address, await_saved, open_campaign, open_desk, press, shown
from tests.factories import make_assignment, submit


def test_the_last_answer_is_offered_for_change_once_it_is_stored(page, sign_in):
    campaign, person = open_campaign(n=2)
    sign_in(page, person)
    open_desk(page, campaign)
    expect(page.get_by_role("link", name="Change my last answer")).to_be_hidden()
    instruction = shown(page)
    press(page, "q a Tab w s 2 Enter")
    await_saved(page)
    page.get_by_role("link", name="Change my last answer").click()
    expect(page.locator("#instruction")).to_have_text(instruction)
    expect(page.get_by_label("Rank of edit B")).to_have_value("1")
    page.get_by_label("Rank of edit A").select_option("1")
    page.get_by_label("Rank of edit B").select_option("2")
    page.get_by_role("button", name="Save the change").click()
    expect(page.get_by_text("Your answer was changed.")).to_be_visible()
    first, second = Judgment.objects.order_by("id")
    assert second.supersedes == first
    assert second.ranks == first.ranks[::-1]
    assert second.scores == first.scores


def test_an_answer_is_changed_from_the_list_without_script(page_without_javascript, sign_in):
    page = page_without_javascript
    campaign, person = open_campaign(n=2)
    comparison = campaign.comparisons.first()
    comparison.queue.all().delete()
    submit(make_assignment(comparison, person, slot=1), note="A first look.")
    sign_in(page, person).goto(address(campaign))
    page.get_by_role("link", name="My judgments").click()
    expect(page.get_by_text("A first look.")).to_be_visible()
    page.get_by_role("link", name="Change", exact=True).click()
    page.get_by_label("A note for the lead").fill("Looked again.")
    page.get_by_role("button", name="Save the change").click()
    expect(page.get_by_text("Looked again.")).to_be_visible()
    expect(page.get_by_text("Superseded")).to_be_visible()
    assert Judgment.objects.in_force().get().note == "Looked again."
