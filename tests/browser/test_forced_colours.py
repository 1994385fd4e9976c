"""The judging page in forced colours: every state differs from its opposite by more than weight."""

import pytest
from playwright.sync_api import expect

from tests.browser.axe import violations
from tests.browser.desk import open_campaign, open_desk, press

LOOK = """(node) => {
  const { backgroundColor, color, borderTopColor, borderTopStyle, outlineStyle, outlineColor } =
    getComputedStyle(node);
  const outline = outlineStyle === "none" ? "none" : `${outlineStyle} ${outlineColor}`;
  return [backgroundColor, color, `${borderTopStyle} ${borderTopColor}`, outline];
}"""


@pytest.fixture
def desk(open_context, sign_in):
    campaign, person = open_campaign(n=1)
    page = sign_in(open_context(forced_colors="active").new_page(), person)
    open_desk(page, campaign)
    return page


def look(page, selector):
    return page.locator(selector).first.evaluate(LOOK)


def test_only_the_active_edit_has_an_outline(desk):
    assert look(desk, ".pane.active")[3] != "none"
    assert look(desk, ".pane.candidate:not(.active)")[3] == "none"
    press(desk, "Tab")
    assert look(desk, ".pane[data-position='1']")[3] != "none"
    assert look(desk, ".pane[data-position='0']")[3] == "none"


@pytest.mark.parametrize(
    ("keys", "on", "off"),
    [
        ("r", ".level:has(:checked)", ".level:not(:has(:checked))"),
        ("1", ".prefer[aria-pressed=true]", ".prefer[aria-pressed=false]"),
        ("0", ".tie:has(:checked)", ".tie:visible:not(:has(:checked))"),
        ("x", "#tools [aria-pressed=true]", "#tools [aria-pressed=false]:visible"),
        ("Shift+q", ".flag[aria-pressed=true]", ".flag[aria-pressed=false]:visible"),
        ("g", "#flagged[aria-pressed=true]", ".aside summary"),
    ],
)
def test_what_is_chosen_has_other_colours_than_what_is_not(desk, keys, on, off):
    press(desk, keys)
    chosen, other = look(desk, on), look(desk, off)
    assert chosen[0] != other[0]
    assert chosen[1] != other[1]


def test_submit_says_by_its_look_whether_it_works(desk):
    disabled = look(desk, "#submit")
    press(desk, "r d w a 1")
    expect(desk.locator("#submit")).to_have_attribute("aria-disabled", "false")
    enabled = look(desk, "#submit")
    assert disabled[1] != enabled[1]
    assert disabled[2] != enabled[2]


def test_axe_finds_nothing_in_forced_colours(desk):
    press(desk, "r Shift+q")
    assert violations(desk, "forced-colours") == []
