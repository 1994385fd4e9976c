"""axe-core finds nothing in any state of the annotators' pages; large text, touch and calm."""

import itertools

import pytest
from playwright.sync_api import expect

from tests.browser.axe import in_words, note, run_axe
from tests.browser.desk import (
    address,
    await_other_instruction,
    await_pictures,
    open_campaign,
    press,
    shown,
)
from tests.factories import make_assignment, make_campaign, make_member, submit

#: name -> the keys that lead there from a fresh comparison.
STATES = {
    "fresh": "",
    "scored": "r d Tab w a 1",
    "tie": "r d Tab w a 0",
    "refused": "Enter",
    "skip": "k",
    "cannot": "j 1",
    "note": "n",
    "mark": "m",
    "guide": "h",
    "help": "Shift+?",
    "flicker": "x",
    "wipe": "x v",
    "overlay": "x v v",
    "difference": "x v v v",
    "real-size": "z",
}
ROUNDS = list(itertools.product(("light", "dark"), (2, 4)))


def check(page, name):
    found = run_axe(page)
    note(name, found)
    assert len(found["passed"]) > 10
    return [f"{name}: {words}" for words in in_words(found["violations"])]


def visit(page, sign_in, **columns):
    campaign, person = open_campaign(**columns)
    sign_in(page, person).goto(address(campaign))
    await_pictures(page)
    return campaign, person


@pytest.mark.parametrize(("theme", "k"), ROUNDS)
def test_every_state_of_the_judging_page_is_clean(theme, k, open_context, sign_in):
    page = open_context(color_scheme=theme, reduced_motion="reduce").new_page()
    visit(page, sign_in, n=2, k=k, asks_strength=True, reason_chips=["Sharper", "Truer"])
    found = []
    for state, keys in STATES.items():
        press(page, keys)
        page.wait_for_timeout(60)
        found += check(page, f"judge-{theme}-k{k}-{state}")
        page.evaluate("localStorage.clear()")
        page.reload()
        await_pictures(page)
    assert found == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pages_of_own_answers_and_without_work_are_clean(theme, open_context, sign_in):
    page = open_context(color_scheme=theme).new_page()
    campaign, person = open_campaign(n=2, revise_minutes=60)
    sign_in(page, person).goto(f"/c/{campaign.slug}/mine/")
    found = check(page, f"mine-{theme}-empty")
    submit(make_assignment(campaign.comparisons.first(), person, slot=1), note="A note.")
    page.reload()
    found += check(page, f"mine-{theme}-one")
    page.locator("article .button").click()
    expect(page.locator("#bench")).to_be_visible()
    found += check(page, f"mine-{theme}-change")
    for state in ("paused", "live", "closed"):
        other = make_campaign(state=state)
        make_member(other, person)
        page.goto(address(other))
        found += check(page, f"empty-{theme}-{state}")
    assert found == []


def test_axe_finds_what_is_planted(page, sign_in):
    visit(page, sign_in, n=1)
    page.evaluate("""() => {
        const field = document.createElement("input");
        document.querySelector("main").append(field);
        document.getElementById("instruction").style.color = "#999";
        document.getElementById("instruction").style.background = "#aaa";
    }""")
    rules = {one["rule"] for one in run_axe(page)["violations"]}
    assert {"label", "color-contrast"} <= rules


CLIPPED = """() => [...document.querySelectorAll("button, a, label, h1, legend, summary")]
  .filter((one) => one.checkVisibility({ visibilityProperty: true }))
  .filter((one) => !one.closest(".visually-hidden, .skip, dialog:not([open])"))
  .filter((one) => {
    const style = getComputedStyle(one);
    const hides = style.overflowX !== "visible" && style.overflowX !== "auto";
    const cut = one.scrollWidth > one.clientWidth + 1 && hides && one.clientWidth;
    const box = one.getBoundingClientRect();
    return cut || box.right > innerWidth + 1 || box.left < -1;
  }).map((one) => `${one.tagName}#${one.id}.${one.className}: ${one.textContent.trim()}`)"""


def is_reachable(page, selector):
    target = page.locator(selector).first
    target.scroll_into_view_if_needed()
    box = target.bounding_box()
    width, height = page.viewport_size["width"], page.viewport_size["height"]
    return box["x"] >= 0 and box["x"] + box["width"] <= width + 1 and 0 <= box["y"] < height


CONTROLS = ("#instruction", "#stage", ".level", ".prefer", "#submit", "#open-help", "#skip-panel")


@pytest.mark.parametrize("how", ["text", "page"])
def test_text_twice_as_large_loses_nothing(how, open_context, sign_in):
    zoomed = {"viewport": {"width": 640, "height": 400}, "device_scale_factor": 2}
    page = open_context(**(zoomed if how == "page" else {})).new_page()
    visit(page, sign_in, n=1)
    if how == "text":
        page.evaluate("document.documentElement.style.fontSize = '200%'")
    page.wait_for_timeout(100)
    clipped = page.evaluate(CLIPPED)
    assert not clipped, "\n".join(clipped)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for selector in CONTROLS:
        assert is_reachable(page, selector), selector


@pytest.mark.parametrize(("width", "height"), [(1024, 768), (768, 1024)])
def test_a_tablet_judges_by_touch(width, height, open_context, sign_in):
    size = {"width": width, "height": height}
    page = open_context(viewport=size, has_touch=True, device_scale_factor=2).new_page()
    visit(page, sign_in, n=2)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    before = shown(page)
    for position, row in itertools.product((0, 1), (0, 1)):
        scale = page.locator(f".scale[data-position='{position}'][data-row='{row}']")
        scale.locator(".level").nth(2 - position).tap()
    page.locator(".prefer").first.tap()
    for target in (page.locator(".level").first, page.locator("#submit")):
        box = target.bounding_box()
        assert min(box["width"], box["height"]) >= 24
    page.locator("#submit").tap()
    await_other_instruction(page, before)


def test_whoever_wants_less_motion_sees_none(open_context, sign_in):
    page = open_context(reduced_motion="reduce").new_page()
    visit(page, sign_in, n=1)
    moving = """[...document.querySelectorAll("*")].filter((one) => {
        const style = getComputedStyle(one);
        const longest = (list) => Math.max(...list.split(",").map(parseFloat));
        return longest(style.transitionDuration) > 0.01 || longest(style.animationDuration) > 0.01;
    }).map((one) => one.outerHTML.slice(0, 80))"""
    assert page.evaluate(moving) == []
