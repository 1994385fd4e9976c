"""The judging page in every state, as axe and a keyboard see it."""

import pytest
from playwright.sync_api import expect

from tests.browser.axe import violations_in_both_themes
from tests.browser.desk import address, open_campaign, open_desk, press, shown

# What is pressed to come into a state, from a desk at work.
STATES = {
    "side": "",
    "flicker": "x",
    "wipe": "x v",
    "overlay": "x v v",
    "difference": "x v v v",
    "zoomed": "z",
    "scored": "r d ] w a 1 Shift+q g",
    "refused": "r Enter",
    "conflict": "r d ] w a 2 Enter",
    "skip": "k",
    "cannot": "j",
    "note": "n",
    "marks": "m Enter",
    "guide": "h",
    "help": "Shift+?",
}


@pytest.mark.parametrize("k", [2, 4])
def test_axe_finds_nothing_in_any_state(open_context, sign_in, k):
    rules = {"asks_strength": True, "reason_chips": ["Faces"]} if k == 2 else {}
    campaign, person = open_campaign(n=1, k=k, **rules)
    page = sign_in(open_context().new_page(), person)
    found = {}
    for state, keys in STATES.items():
        open_desk(page, campaign)
        press(page, keys)
        page.wait_for_timeout(150)
        if lines := violations_in_both_themes(page, f"{state}-k{k}"):
            found[state] = lines
        page.evaluate("localStorage.clear()")
    assert not found, found


def test_axe_finds_nothing_where_there_is_nothing_to_judge_or_all_is_judged(open_context, sign_in):
    campaign, person = open_campaign(n=1)
    page = sign_in(open_context().new_page(), person)
    open_desk(page, campaign)
    press(page, "r d ] w a 1 Shift+q Enter")
    expect(page.get_by_role("heading", name="All done")).to_be_visible()
    assert violations_in_both_themes(page, "done") == []
    page.goto(f"/c/{campaign.slug}/mine/")
    assert violations_in_both_themes(page, "mine") == []
    page.get_by_role("link", name="Change", exact=True).click()
    assert violations_in_both_themes(page, "change") == []


def test_a_whole_judgment_is_told_to_a_screen_reader(page, sign_in):
    campaign, person = open_campaign(n=1)
    open_desk(sign_in(page, person), campaign)
    result = page.locator("#announce")
    expect(result).to_have_text(shown(page))
    press(page, "r d")
    expect(result).to_have_text("Edit A: Instruction following 4, Visual quality 3. Now edit B")
    press(page, "] [ ]")
    expect(result).to_have_text("Edit B: Instruction following –, Visual quality –")
    press(page, "w a 1")
    expect(result).to_have_text("A 1st, B 2nd")
    tree = page.locator("#bench").aria_snapshot()
    for name in (
        "Edit A: Instruction following",
        "radio",
        'img "Edit A"',
        'img "Source"',
        "Submit",
    ):
        assert name in tree


def test_every_control_is_reached_by_tab_and_big_enough_to_hit(page, sign_in):
    campaign, person = open_campaign(n=1)
    open_desk(sign_in(page, person), campaign)
    small = page.evaluate("""() => [...document.querySelectorAll("#bench button, #bench summary")]
        .filter((one) => one.checkVisibility({ visibilityProperty: true }))
        .map((one) => [one.textContent.trim().slice(0, 30), one.getBoundingClientRect()])
        .filter(([, box]) => box.width > 0 && (box.width < 24 || box.height < 24))
        .map(([text, box]) => `${text} ${box.width} x ${box.height}`)""")
    assert small == []
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.id") != "stage"
    seen = set()
    for _ in range(90):
        page.keyboard.press("Tab")
        seen.add(
            page.evaluate("document.activeElement.id || document.activeElement.textContent.trim()")
        )
    assert {"submit", "undo", "flagged", "stage"} & seen >= {"submit", "flagged"}


def test_text_at_twice_its_size_loses_nothing(open_context, sign_in):
    campaign, person = open_campaign(n=1)
    page = sign_in(open_context(viewport={"width": 1280, "height": 800}).new_page(), person)
    open_desk(page, campaign)
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    page.wait_for_timeout(200)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for control in ("#submit", ".tie >> nth=1", "#skip-panel summary", ".level >> nth=0"):
        page.locator(control).scroll_into_view_if_needed()
        expect(page.locator(control)).to_be_in_viewport()


@pytest.mark.parametrize("size", [(1024, 768), (768, 1024)])
def test_a_tablet_judges_by_touch(open_context, sign_in, size):
    campaign, person = open_campaign(n=1)
    context = open_context(viewport={"width": size[0], "height": size[1]}, has_touch=True)
    page = sign_in(context.new_page(), person)
    page.goto(address(campaign))
    expect(page.locator(".view[data-state=ready]")).to_have_count(3)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for position, row, value in [(0, 0, 4), (0, 1, 3), (1, 0, 2), (1, 1, 1)]:
        scale = page.locator(f".scale[data-position='{position}'][data-row='{row}']")
        scale.locator(f".level:has(input[value='{value}'])").tap()
    page.get_by_role("button", name="A is better").tap()
    page.get_by_role("button", name="Submit").tap()
    expect(page.get_by_role("heading", name="All done")).to_be_visible()
