"""Text that can be read and controls that can be hit, in every state of the judging page."""

import itertools

import pytest
from playwright.sync_api import expect

from tests.browser.desk import open_campaign, open_desk, press
from tests.factories import make_comparison, make_reference

SMALL_TEXT = """() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const parent = node.parentElement;
    if (!node.textContent.trim() || !parent.checkVisibility({ visibilityProperty: true })) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const { width, height } = range.getBoundingClientRect();
    const size = parseFloat(getComputedStyle(parent).fontSize);
    if (width > 1 && height > 1 && size < 12) found.push(`${node.textContent.trim()}: ${size} px`);
  }
  return found;
}"""
CONTROLS = """() => [...document.querySelectorAll(
    "button, summary, a[href], select, textarea, label.level, label.tie, label.choice")]
  .filter((one) => one.checkVisibility({ visibilityProperty: true }))
  .map((one) => [one.textContent.trim().replace(/\\s+/g, " ").slice(0, 30), one])
  .map(([text, one]) => [text, one.getBoundingClientRect(), one])
  .filter(([, box]) => box.width > 0 && box.bottom > 0)
  .map(([text, { left, top, right, bottom }, one]) =>
    ({ text, left, top, right, bottom,
       asks: one.matches(".aside > summary, #flagged, .flag, #undo") }))"""
STATES = {
    "scoring": "r d",
    "failed criteria": "Shift+q Shift+a",
    "skip": "k",
    "cannot judge": "j",
    "note": "n",
    "flag": "g",
    "mark": "m",
    "guide": "h",
    "keys": "?",
    "flicker": "x",
    "wipe": "b",
    "difference": "v v v v",
    "missing": "Enter",
    "alone": "p",
    "loupe": ",",
}


def reach(page, state):
    press(page, STATES[state])
    if state == "difference":
        expect(page.locator("#stage")).to_have_attribute("data-view", "difference")


def open_with_everything(page, sign_in, *, k, n=1):
    rules = {"asks_strength": True, "reason_chips": ["Faces", "Hands"]} if k == 2 else {}
    campaign, person = open_campaign(n=n, k=k, **rules)
    make_reference(make_comparison(campaign=campaign, files=True, k=k))
    open_desk(sign_in(page, person), campaign)


@pytest.mark.parametrize("k", [2, 4])
@pytest.mark.parametrize("window", [(1366, 633), (1440, 900)])
def test_no_text_is_smaller_than_twelve_pixels_in_any_state(open_context, sign_in, k, window):
    size = dict(zip(("width", "height"), window, strict=True))
    page = open_context(viewport=size).new_page()
    open_with_everything(page, sign_in, k=k)
    found = {}
    for state in STATES:
        reach(page, state)
        found[state] = page.evaluate(SMALL_TEXT)
        press(page, "Escape")
        page.reload()
        expect(page.locator("#stage")).to_be_focused()
    page.locator("#take-rest").click()
    expect(page.locator("#rest")).to_be_visible()
    found["pause"] = page.evaluate(SMALL_TEXT)
    assert {state: small for state, small in found.items() if small} == {}


def gaps(boxes):
    """Return the distance of every two controls of which one changes the answer when hit."""
    for one, other in itertools.combinations(boxes, 2):
        if not (one["asks"] and other["asks"]):
            continue
        across = max(one["left"] - other["right"], other["left"] - one["right"])
        down = max(one["top"] - other["bottom"], other["top"] - one["bottom"])
        yield f"{one['text']} | {other['text']}", max(across, down)


@pytest.mark.parametrize("k", [2, 3, 4])
@pytest.mark.parametrize("window", [(1366, 633), (1440, 900), (1920, 1080)])
def test_controls_can_be_hit_and_a_miss_hits_no_other(open_context, sign_in, k, window):
    size = dict(zip(("width", "height"), window, strict=True))
    page = open_context(viewport=size).new_page()
    open_with_everything(page, sign_in, k=k)
    press(page, "r Shift+q")
    boxes = page.evaluate(CONTROLS)
    small = [
        box["text"]
        for box in boxes
        if min(box["right"] - box["left"], box["bottom"] - box["top"]) < 23.9
    ]
    assert small == []
    assert {pair: gap for pair, gap in gaps(boxes) if gap < 7.9} == {}


@pytest.mark.parametrize(("size", "k"), [((1180, 820), 2), ((1180, 820), 4), ((820, 1180), 2)])
def test_a_finger_has_44_pixels_of_every_control(open_context, sign_in, k, size):
    viewport = dict(zip(("width", "height"), size, strict=True))
    page = open_context(viewport=viewport, has_touch=True, is_mobile=True).new_page()
    open_with_everything(page, sign_in, k=k)
    assert page.evaluate("matchMedia('(pointer: coarse)').matches")
    small = [
        f"{box['text']} {box['right'] - box['left']:.0f} x {box['bottom'] - box['top']:.0f}"
        for box in page.evaluate(CONTROLS)
        if min(box["right"] - box["left"], box["bottom"] - box["top"]) < 43.5
    ]
    assert small == []
