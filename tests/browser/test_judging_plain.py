"""The judging page as a plain form, without JavaScript."""

from playwright.sync_api import expect

from annotation.models import Assignment, Judgment
from tests.browser.desk import address, open_campaign


def choose(page, name, value):
    page.locator(f"label:has(input[name='{name}'][value='{value}'])").click()


def fill_in(page):
    for position, (first, second) in enumerate([(4, 3), (2, 1)]):
        choose(page, f"score-{position}-instruction_following", first)
        choose(page, f"score-{position}-visual_quality", second)
    page.get_by_label("Rank of edit A").select_option("1")
    page.get_by_label("Rank of edit B").select_option("2")


def test_the_form_stores_an_answer(page_without_javascript, sign_in):
    page = page_without_javascript
    campaign, person = open_campaign(n=1)
    sign_in(page, person).goto(address(campaign))
    fill_in(page)
    page.locator("#note-panel > summary").click()
    page.get_by_label("A note for the lead").fill("seen without script")
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_role("heading", name="All done")).to_be_visible()
    judgment = Judgment.objects.select_related("assignment").get()
    order = judgment.assignment.shown_order
    assert [judgment.scores[index] for index in order] == [[4, 3], [2, 1]]
    assert [judgment.ranks[index] for index in order] == [1, 2]
    assert judgment.note == "seen without script"
    assert (judgment.active_ms, judgment.evidence) == (None, {})


def test_an_incomplete_form_comes_back_with_what_was_entered(page_without_javascript, sign_in):
    page = page_without_javascript
    campaign, person = open_campaign(n=1)
    sign_in(page, person).goto(address(campaign))
    fill_in(page)
    page.get_by_label("Rank of edit B").select_option("")
    with page.expect_response(lambda answer: answer.request.method == "POST") as posted:
        page.get_by_role("button", name="Submit").click()
    assert posted.value.status == 422
    expect(page.get_by_role("alert")).to_contain_text("Nothing was saved yet.")
    checked = page.locator(".level input:checked")
    assert [one.input_value() for one in checked.all()] == ["4", "2", "3", "1"]
    expect(page.get_by_label("Rank of edit A")).to_have_value("1")
    assert not Judgment.objects.exists()
    page.get_by_label("Rank of edit B").select_option("2")
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_role("heading", name="All done")).to_be_visible()
    assert Judgment.objects.count() == 1


def test_the_form_skips_with_a_reason(page_without_javascript, sign_in):
    page = page_without_javascript
    campaign, person = open_campaign(n=1)
    sign_in(page, person).goto(address(campaign))
    page.locator("#skip-panel > summary").click()
    page.get_by_label("I would rather not look at it").check()
    page.get_by_role("button", name="Skip it").click()
    expect(page.get_by_role("heading", name="All done")).to_be_visible()
    assert Assignment.objects.get().skip_reason == "I would rather not look at it"
    assert not Judgment.objects.exists()


def test_the_form_takes_cannot_judge_alone(page_without_javascript, sign_in):
    page = page_without_javascript
    campaign, person = open_campaign(n=1)
    sign_in(page, person).goto(address(campaign))
    page.locator("#cannot-panel > summary").click()
    page.get_by_label("An image is broken").check()
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_role("heading", name="All done")).to_be_visible()
    assert Judgment.objects.get().cannot_judge == "An image is broken"
