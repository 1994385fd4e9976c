"""A pointer press leaves the keyboard with the pictures, also for keys right after it."""

import pytest
from playwright.sync_api import expect

from tests.browser.desk import open_campaign, open_desk, press

GAPS_MS = (0, 5, 10, 15, 20, 30, 40, 50, 60, 80, 100, 150)


@pytest.fixture
def desk(page, sign_in):
    campaign, person = open_campaign(n=1)
    open_desk(sign_in(page, person), campaign)
    return page


@pytest.fixture
def slow_desk(desk):
    """Return the page on a processor four times slower, with its raw input channel."""
    channel = desk.context.new_cdp_session(desk)
    channel.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    return desk, channel


def middle_of(page, selector):
    box = page.locator(selector).first.bounding_box()
    return {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}


def click(channel, point):
    for kind in ("mousePressed", "mouseReleased"):
        event = {"type": kind, "button": "left", "clickCount": 1}
        channel.send("Input.dispatchMouseEvent", point | event)


def strike(channel, key, code, text=""):
    windows_code = 9 if key == "Tab" else ord(key.upper())
    event = {"key": key, "code": code, "text": text, "windowsVirtualKeyCode": windows_code}
    channel.send("Input.dispatchKeyEvent", {"type": "keyDown"} | event)
    channel.send("Input.dispatchKeyEvent", {"type": "keyUp"} | event)


def score_of(page, position):
    scale = f".scale[data-position='{position}'][data-row='0'] input:checked"
    return page.evaluate("(selector) => document.querySelector(selector)?.value ?? ''", scale)


def level(position, step):
    return f".scale[data-position='{position}'][data-row='0'] .level:nth-of-type({step})"


def test_keys_after_a_click_and_tab_score_the_next_edit_at_any_pace(slow_desk):
    page, channel = slow_desk
    points = [middle_of(page, level(0, step)) for step in (3, 4)]
    astray = []
    for trial, gap in enumerate(GAPS_MS * 2):
        wanted = trial % 2
        click(channel, points[wanted])
        if gap:
            page.wait_for_timeout(gap)
        strike(channel, "Tab", "Tab")
        strike(channel, *(("q", "KeyQ", "q") if wanted else ("w", "KeyW", "w")))
        scores = score_of(page, 0), score_of(page, 1)
        if scores != (str(3 + wanted), str(2 - wanted)):
            astray.append((gap, scores))
            page.locator("#stage").focus()
    assert not astray, f"{len(astray)} of {2 * len(GAPS_MS)} went astray: {astray}"


@pytest.mark.parametrize(
    "selector",
    [
        level(0, 2),
        ".tie:has([value=good])",
        ".tie:has([value=bad])",
        "[data-prefer='0']",
        ".flag",
        "#tools [data-tool=flicker]",
        "#submit",
        "#instruction",
        ".head",
    ],
)
def test_the_key_right_after_a_press_is_the_pictures(slow_desk, selector):
    page, channel = slow_desk
    click(channel, middle_of(page, selector))
    strike(channel, "Tab", "Tab")
    expect(page.locator("#stage")).to_be_focused()
    expect(page.locator(".pane.candidate.active")).to_have_attribute("data-position", "1")


def test_tab_while_the_button_is_still_down_moves_on_all_the_same(slow_desk):
    page, channel = slow_desk
    point = middle_of(page, level(0, 4)) | {"button": "left", "clickCount": 1}
    channel.send("Input.dispatchMouseEvent", {"type": "mousePressed"} | point)
    strike(channel, "Tab", "Tab")
    channel.send("Input.dispatchMouseEvent", {"type": "mouseReleased"} | point)
    strike(channel, "q", "KeyQ", "q")
    assert (score_of(page, 0), score_of(page, 1)) == ("4", "1")


def test_no_press_shows_the_focus_anywhere_but_on_the_pictures(desk):
    desk.evaluate(
        "window.took = []; document.addEventListener('focusin', ({ target }) =>"
        " target.id === 'stage' || window.took.push(target.outerHTML.slice(0, 80)))"
    )
    for selector in (level(1, 3), ".tie:has([value=bad])", "[data-prefer='1']", ".flag:visible"):
        desk.locator(selector).first.click()
    assert desk.evaluate("window.took") == []
    assert score_of(desk, 1) == "3"


def test_a_panel_opened_by_a_press_takes_the_keys_and_gives_them_back(desk):
    desk.locator("#note-panel summary").click()
    expect(desk.locator("#note")).to_be_focused()
    desk.keyboard.type("qw")
    expect(desk.locator("#note")).to_have_value("qw")
    desk.locator("#note-panel summary").click()
    press(desk, "Tab q")
    expect(desk.locator("#stage")).to_be_focused()
    assert (score_of(desk, 0), score_of(desk, 1)) == ("", "1")


def test_the_controls_walked_by_tab_keep_their_own_keys(desk):
    press(desk, "Escape")
    expect(desk.locator("#tools button").first).to_be_focused()
    while not desk.evaluate("document.activeElement.matches('.scale input')"):
        desk.keyboard.press("Tab")
    press(desk, "Space ArrowRight")
    expect(desk.locator(".scale input").nth(1)).to_be_focused()
    assert score_of(desk, 0) == "2"
