"""No key stores an answer other than the one shown for it, on whatever layout."""

import pytest
from playwright.sync_api import expect

from tests.browser.desk import await_pictures, open_campaign, open_desk
from tests.browser.keyboards import CODES, LAYOUTS, Keyboard, report_layout

STEPS = [(row, step) for row in (1, 2) for step in (1, 2, 3, 4)]
ANSWER = """() => [
    ...[...document.querySelectorAll('.dock input:checked')].map((one) => one.name + one.value),
    ...[...document.querySelectorAll('.dock [aria-pressed=true]')].map((one) => one.outerHTML),
].join()"""
SHOWN = """() =>
    [...document.querySelectorAll('kbd[data-action]')].map((one) => one.textContent)"""
SCORE = """(row) => document.querySelector(
    `.scale.active[data-row='${row}'] input:checked`)?.value ?? ''"""


@pytest.fixture
def open_layout(page, sign_in):
    """Return open_layout(layout, reported=..., k=2): the judging page, and a keyboard for it."""

    def start(layout, *, reported=None, k=2):
        page.add_init_script(report_layout(reported))
        campaign, person = open_campaign(n=1, k=k)
        # The outline stays, so that every key is tried on the same edit.
        person.preferences = {"advance": False}
        person.save(update_fields=["preferences"])
        open_desk(sign_in(page, person), campaign)
        return page, Keyboard(page, layout)

    return start


def hint(page, action):
    return page.locator(f"kbd[data-action='{action}']").first.inner_text()


def ranks_of(page):
    return [one.inner_text() for one in page.locator(".rank [data-text]").all()]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("is_reported", [True, False])
def test_the_key_that_prints_a_hint_does_what_the_hint_says(open_layout, layout, is_reported):
    page, keyboard = open_layout(layout, reported=layout if is_reported else None)
    for row, step in STEPS:
        shown = hint(page, f"score-{row}-{step}").lower()
        if layout == "cyrillic" and not is_reported:
            # A Russian key prints both; its own letter takes the Latin one's place when it is met.
            code = f"Key{shown.upper()}" if shown.isascii() else keyboard.code_of(shown)
            keyboard.press(code)
        else:
            keyboard.type(shown)
        assert page.evaluate(SCORE, row - 1) == str(step)


@pytest.mark.parametrize("layout", ["azerty", "qwertz", "dvorak"])
def test_a_key_whose_character_is_not_shown_stores_nothing(open_layout, layout):
    page, keyboard = open_layout(layout)
    for code in CODES:
        before, shown = page.evaluate(ANSWER), page.evaluate(SHOWN)
        keyboard.press(code)
        printed = {keyboard.names[code].upper(), code.removeprefix("Digit")}
        if page.evaluate(ANSWER) != before:
            assert printed & set(shown), f"{code} prints {printed} and stored an answer"
        if page.locator("details.aside[open]").count():
            page.keyboard.press("Escape")


def test_on_azerty_without_a_layout_map_q_is_the_key_that_prints_q(open_layout):
    page, keyboard = open_layout("azerty")
    assert hint(page, "score-1-1") == "Q"
    keyboard.press("KeyA")
    assert (page.evaluate(SCORE, 0), page.evaluate(SCORE, 1)) == ("1", "")
    keyboard.press("KeyQ")
    assert (page.evaluate(SCORE, 0), page.evaluate(SCORE, 1)) == ("1", "1")


@pytest.mark.parametrize(("layout", "key"), [("azerty", "1"), ("us", "!")])
def test_of_two_shift_and_a_digit_is_the_digit(open_layout, layout, key):
    page, keyboard = open_layout(layout)
    keyboard.press("Digit2", key="2")
    keyboard.press("Digit1", key=key, shift=True)
    expect(page.locator("[data-prefer='0']")).to_have_attribute("aria-pressed", "true")
    assert page.locator("input[name=tie_kind]:checked").count() == 0


def test_a_digit_without_shift_is_the_digit_on_azerty(open_layout):
    page, keyboard = open_layout("azerty")
    keyboard.press("Digit2")
    expect(page.locator("[data-prefer='1']")).to_have_attribute("aria-pressed", "true")


def test_of_three_a_shifted_digit_ranks_on_azerty_and_l_shares_the_rank(open_layout):
    page, keyboard = open_layout("azerty", k=3)
    for digit in "21":
        keyboard.press(f"Digit{digit}", key=digit, shift=True)
    assert ranks_of(page) == ["2nd", "1st", "3rd"]
    keyboard.type("l")
    assert ranks_of(page) == ["1st, shared", "1st, shared", "2nd"]


def test_of_three_shift_and_a_digit_shares_the_rank_where_digits_need_no_shift(open_layout):
    page, keyboard = open_layout("us", k=3)
    keyboard.press("Digit2")
    keyboard.press("Digit1", key="!", shift=True)
    assert ranks_of(page) == ["1st, shared", "1st, shared", "2nd"]


def test_caps_lock_changes_nothing(open_layout):
    page, keyboard = open_layout("us")
    keyboard.press("KeyR", key="R")
    assert page.evaluate(SCORE, 0) == "4"
    assert page.locator(".flag[aria-pressed=true]").count() == 0
    keyboard._channel.send(
        "Input.dispatchKeyEvent",
        {"type": "keyDown", "code": "KeyQ", "key": "q", "text": "q", "modifiers": 8},
    )
    assert page.locator(".flag[aria-pressed=true]").count() == 1


@pytest.mark.parametrize(
    ("code", "key"),
    [("KeyQ", "@"), ("KeyE", "€"), ("KeyQ", "Dead"), ("KeyA", "Process"), ("KeyW", "Unidentified")],
)
def test_other_characters_of_a_letters_key_do_nothing(open_layout, code, key):
    page, keyboard = open_layout("qwertz")
    before = page.evaluate(ANSWER)
    keyboard.press(code, key=key)
    assert page.evaluate(ANSWER) == before


def test_letters_of_another_script_are_learned_and_shown_in_this_browser(open_layout):
    page, keyboard = open_layout("cyrillic")
    keyboard.type("к")
    assert page.evaluate(SCORE, 0) == "4"
    assert hint(page, "score-1-4") == "К"
    page.reload()
    await_pictures(page)
    assert hint(page, "score-1-4") == "К"
    keyboard.press("KeyR", key="r")
    assert hint(page, "score-1-4") == "R"


def test_keys_are_named_anew_when_the_layout_was_changed(open_layout):
    page, _ = open_layout("us", reported="us")
    page.evaluate(
        "(entries) => (window.layoutMap = new Map(entries))", list(LAYOUTS["azerty"].items())
    )
    keyboard = Keyboard(page, "azerty")
    keyboard.press("KeyQ")  # prints A, and A was shown for the second dimension
    assert (page.evaluate(SCORE, 0), page.evaluate(SCORE, 1)) == ("", "1")
    expect(page.locator("kbd[data-action='score-1-1']").first).to_have_text("A")
    keyboard.press("KeyQ")
    assert page.evaluate(SCORE, 0) == "1"


def test_a_key_of_another_layout_is_chosen_by_its_own_name(open_layout):
    page, keyboard = open_layout("qwertz")
    page.keyboard.press("Shift+?")
    page.locator("[data-key='flicker']").click()
    keyboard.type("ö")
    expect(page.locator("#keys-message")).to_contain_text("Ö: Flicker")
    page.keyboard.press("Escape")
    assert hint(page, "flicker") == "Ö"
    keyboard.type("ö")
    assert page.locator("#stage").get_attribute("data-view") == "flicker"
