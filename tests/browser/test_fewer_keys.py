"""How many keys and clicks a judgment takes, and what a contradiction costs."""

import pytest
from playwright.sync_api import expect

from annotation.models import Judgment
from tests.browser.desk import await_saved, open_campaign, open_desk, press
from tests.browser.test_judging import by_position

#: Keys in order, with Enter.
KEYS = {2: "w s q a 1", 3: "e d w s q a 1 2", 4: "r f e d w s q a 1 2 3"}
MOST_KEYS = {2: 6, 3: 9, 4: 12}
MOST_CLICKS = {2: 6, 3: 10, 4: 12}


@pytest.mark.parametrize("k", KEYS)
def test_a_judgment_takes_no_more_keys_than_it_has_parts(page, sign_in, k):
    campaign, person = open_campaign(n=1, k=k)
    open_desk(sign_in(page, person), campaign)
    keys = f"{KEYS[k]} Enter"
    assert len(keys.split()) == MOST_KEYS[k]
    press(page, keys)
    expect(page.get_by_role("heading", name="All done")).to_be_visible()
    judgment = Judgment.objects.get()
    assert by_position(judgment, judgment.scores) == [[n, n] for n in range(k, 0, -1)]
    assert by_position(judgment, judgment.ranks) == list(range(1, k + 1))


@pytest.mark.parametrize("k", MOST_CLICKS)
def test_a_judgment_takes_no_more_clicks_than_it_has_parts(page, sign_in, k):
    campaign, person = open_campaign(n=1, k=k)
    open_desk(sign_in(page, person), campaign)
    clicks = [
        f".scale[data-position='{position}'][data-row='{row}'] .level:has(input[value='3'])"
        for position in range(k)
        for row in range(2)
    ]
    clicks += [f"[data-prefer='{position}']:not([data-tied])" for position in range(k - 1)]
    clicks += ["#submit"]
    assert len(clicks) <= MOST_CLICKS[k]
    for selector in clicks:
        page.locator(selector).click()
    expect(page.get_by_role("heading", name="All done")).to_be_visible()
    assert Judgment.objects.count() == 1


def test_a_top_score_with_a_failed_criterion_is_asked_about_once(page, sign_in):
    campaign, person = open_campaign(n=1)
    open_desk(sign_in(page, person), campaign)
    press(page, "r d w a [ Shift+q 1 Enter")
    expect(page.locator("#missing")).to_contain_text("A has the top score for Instruction")
    assert not Judgment.objects.exists()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="All done")).to_be_visible()
    judgment = Judgment.objects.get()
    assert judgment.evidence["conflict_confirmed"] is False


def test_taking_the_failed_criterion_back_answers_the_question(page, sign_in):
    campaign, person = open_campaign(n=1)
    open_desk(sign_in(page, person), campaign)
    press(page, "r d w a [ Shift+q 1 Enter Shift+q")
    expect(page.locator("#missing")).not_to_have_class("missing asking")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="All done")).to_be_visible()
    assert "flags" not in Judgment.objects.get().remarks


def test_the_setting_keeps_the_outline_where_it_is(page, sign_in):
    campaign, person = open_campaign(n=1)
    person.preferences = {"advance": False}
    person.save(update_fields=["preferences"])
    open_desk(sign_in(page, person), campaign)
    press(page, "q a")
    expect(page.locator(".pane.active")).to_have_attribute("data-position", "0")


def test_the_criteria_are_those_of_the_outlined_edit_and_can_be_hit(page, sign_in):
    campaign, person = open_campaign(n=1)
    open_desk(sign_in(page, person), campaign)
    for position, letter in enumerate("AB"):
        seen = page.locator(".flag:visible")
        assert {one.get_attribute("data-position") for one in seen.all()} == {str(position)}
        expect(page.locator("#criteria")).to_contain_text(f"What failed in {letter}?")
        box = seen.first.bounding_box()
        scale = page.locator(".scale").last.bounding_box()
        assert box["height"] >= 24
        assert box["y"] - (scale["y"] + scale["height"]) >= 8
        press(page, "Tab")


def test_answers_kept_in_the_browser_count_as_todays_after_a_reload(page, sign_in):
    campaign, person = open_campaign(n=4)
    open_desk(sign_in(page, person), campaign)
    page.route("**/judgment/", lambda route: route.abort())
    press(page, "w s q a 1 Enter")
    expect(page.locator("#done-today")).to_have_text("1")
    page.reload()
    expect(page.locator("html.live")).to_be_attached()
    expect(page.locator("#done-today")).to_have_text("1")
    assert not Judgment.objects.exists()
    page.unroute("**/judgment/")
    page.evaluate("dispatchEvent(new Event('online'))")
    await_saved(page)
    expect(page.locator("#done-today")).to_have_text("1")


def test_escape_that_ends_a_composition_leaves_the_note_open(page, sign_in):
    campaign, person = open_campaign(n=1)
    open_desk(sign_in(page, person), campaign)
    press(page, "n")
    note = page.locator("#note")
    expect(note).to_be_focused()
    note.evaluate(
        "(node) => node.dispatchEvent(new KeyboardEvent('keydown',"
        " { key: 'Escape', isComposing: true, bubbles: true, cancelable: true }))"
    )
    expect(page.locator("#note-panel")).to_have_attribute("open", "")
    press(page, "Escape")
    expect(page.locator("#note-panel")).not_to_have_attribute("open", "")


def test_no_number_beside_the_other_edit_reads_as_a_key(page, sign_in):
    campaign, person = open_campaign(n=1)
    open_desk(sign_in(page, person), campaign)
    first, second = (page.locator(f".scale[data-position='{n}'] .level") for n in range(2))
    for active, other in ((first, second), (second, first)):
        expect(active.locator("kbd").first).to_be_visible()
        expect(other.locator("kbd").first).to_be_hidden()
        expect(other.locator("b").first).to_be_hidden()
        page.keyboard.press("Tab")
