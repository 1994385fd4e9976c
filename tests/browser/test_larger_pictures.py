"""The views that show larger pictures, and the lens: where pictures stand, and what they show."""

import pytest
from playwright.sync_api import expect

from annotation.models import User
from tests.browser.desk import await_pictures, open_desk, press
from tests.browser.light_table import (
    FIRST,
    SECOND,
    SOURCE,
    colour_at,
    is_near,
    lay_out,
    next_frame,
    open_table,
    pane,
    picture,
)

WIDE = (800, 450)


def width_of(page, place):
    return pane(page, place).evaluate(
        "(view) => [...view.querySelectorAll('canvas[data-level]')]"
        ".find((one) => one.style.visibility === 'inherit').getBoundingClientRect().width"
    )


@pytest.fixture
def table(page, sign_in):
    page.set_viewport_size({"width": 1440, "height": 900})
    pictures = [picture(colour, size=WIDE) for colour in (SOURCE, FIRST, SECOND)]
    open_table(page, sign_in, *pictures)
    return page


def test_the_edits_are_larger_without_the_source_and_the_source_is_a_key_away(table):
    before, edit = width_of(table, "0"), colour_at(table, "0")
    assert not is_near(edit, SOURCE)
    press(table, "o")
    expect(pane(table, "source")).to_be_hidden()
    next_frame(table)
    assert width_of(table, "0") > 1.3 * before
    table.keyboard.down("Space")
    next_frame(table)
    assert is_near(colour_at(table, "0"), SOURCE)
    table.keyboard.up("Space")
    next_frame(table)
    assert is_near(colour_at(table, "0"), edit)
    press(table, "o")
    expect(pane(table, "source")).to_be_visible()


def test_the_source_can_be_switched_on_and_off(table):
    edit = colour_at(table, "1")
    press(table, "Shift+Space")
    next_frame(table)
    assert is_near(colour_at(table, "1"), SOURCE)
    press(table, "Shift+Space")
    next_frame(table)
    assert is_near(colour_at(table, "1"), edit)
    assert not is_near(edit, SOURCE)


@pytest.mark.parametrize("back", ["p", "Escape"])
def test_the_pictures_alone_take_the_window_and_keys_still_score(table, back):
    before = table.locator("#stage").bounding_box()
    press(table, "p")
    for part in (".topbar", "#dock", "#tools", "#instruction"):
        expect(table.locator(part)).to_be_hidden()
    next_frame(table)
    after = table.locator("#stage").bounding_box()
    assert (after["width"], after["height"]) == (1440, 900)
    assert after["height"] > before["height"]
    press(table, f"r {back}")
    expect(table.locator("#dock")).to_be_visible()
    expect(table.locator(".scale[data-position='0'] input[value='4']").first).to_be_checked()


def test_the_line_of_the_wipe_turns(table):
    edit = colour_at(table, "0")
    press(table, "x v")
    table.locator("[data-tool=turn]").click()
    next_frame(table)
    assert is_near(colour_at(table, "0", x=0.5, y=0.3), SOURCE)
    assert is_near(colour_at(table, "0", x=0.4, y=0.7), edit)
    press(table, "ArrowDown")
    expect(table.locator(".divider")).to_have_attribute("aria-valuenow", "52")


def test_the_line_of_the_wipe_follows_the_pointer_when_asked(table):
    press(table, "x v")
    box = pane(table, "0").bounding_box()
    point = (box["x"] + box["width"] / 4, box["y"] + box["height"] / 2)
    table.mouse.move(*point)
    expect(table.locator(".divider")).to_have_attribute("aria-valuenow", "50")
    table.locator("[data-tool=follow]").click()
    table.mouse.move(*point)
    expect(table.locator(".divider")).to_have_attribute("aria-valuenow", "25")


def test_single_views_name_their_picture_large_at_its_edge(table):
    press(table, "x")
    tag = pane(table, "0").locator(".tag")
    expect(tag).to_be_visible()
    size = tag.evaluate("(node) => parseFloat(getComputedStyle(node).fontSize)")
    assert size >= 24
    shown = pane(table, "0").locator("canvas[data-level]:visible").last.bounding_box()
    box = tag.bounding_box()
    assert abs(box["x"] + box["width"] - shown["x"]) <= 60
    press(table, "x")
    expect(pane(table, "1").locator(".tag")).to_be_visible()
    expect(tag).to_be_hidden()


def test_the_lens_stands_at_the_same_spot_of_every_picture(table):
    press(table, ",")
    box = pane(table, "0").bounding_box()
    table.mouse.move(box["x"] + box["width"] / 3, box["y"] + box["height"] / 2)
    lenses = table.locator(".lens:visible")
    expect(lenses).to_have_count(3)
    offsets = {
        round(lens.bounding_box()["x"] - pane(table, place).bounding_box()["x"])
        for place, lens in zip(("source", "0", "1"), lenses.all(), strict=True)
    }
    assert max(offsets) - min(offsets) <= 1
    press(table, ",")
    expect(lenses).to_have_count(0)


def test_differences_are_amplified_in_steps(page, sign_in):
    close = [picture((100, 100, 100)), picture((110, 100, 100)), picture((100, 110, 100))]
    open_table(page, sign_in, *close)
    press(page, "x v v v")
    for gain in (4, 8, 16, 2):
        if gain != 4:
            page.locator("[data-tool=gain]").click()
        expect(page.locator("[data-gain]")).to_have_text(str(gain))
        page.wait_for_function(
            """(level) => {
              const map = document.querySelector("[data-pane='0'] canvas[data-level=map]");
              if (!map) return false;
              const copy = new OffscreenCanvas(map.width, map.height).getContext("2d");
              copy.drawImage(map, 0, 0);
              return Math.abs(copy.getImageData(9, 9, 1, 1).data[0] - level) <= 2 * level / 10;
            }""",
            arg=10 * gain,
        )


def test_the_surround_is_chosen_by_a_key_and_remembered(table):
    person = User.objects.get()
    shades = []
    for name in ("dark", "light", "mid"):
        with table.expect_response("**/me/preferences/"):
            press(table, "'")
        expect(table.locator("#bench")).to_have_attribute("data-surround", name)
        shades.append(
            table.locator(".pane.source").evaluate("(one) => getComputedStyle(one).backgroundColor")
        )
        person.refresh_from_db()
        assert person.preferences["surround"] == name
    assert len(set(shades)) == 3


def test_the_place_of_the_controls_is_chosen_and_remembered(page, sign_in):
    page.set_viewport_size({"width": 1440, "height": 900})
    campaign, person = lay_out(*[picture(colour) for colour in (SOURCE, FIRST, SECOND)])
    open_desk(sign_in(page, person), campaign)
    bench = page.locator("#bench")
    chosen = page.locator("[data-preference=dock]")
    press(page, "Shift+?")
    for place, beside in (("beside", True), ("below", False), ("beside", True)):
        with page.expect_response("**/me/preferences/"):
            chosen.select_option(place)
        assert ("beside" in bench.get_attribute("class").split()) is beside
    page.reload()
    await_pictures(page)
    assert "beside" in bench.get_attribute("class").split()


def test_the_guide_stands_beside_the_work_and_covers_nothing(table):
    press(table, "h")
    guide = table.locator(".guide-panel")
    expect(guide).to_be_visible()
    next_frame(table)
    edge = guide.bounding_box()["x"]
    for part in (".pane[data-position='1']", "#submit", ".scale[data-position='1'] .level"):
        box = table.locator(part).last.bounding_box()
        assert box["x"] + box["width"] <= edge + 1


@pytest.mark.parametrize("height", [340, 300])
def test_a_low_window_zooms_at_the_pointer_also_when_it_is_scrolled(page, sign_in, height):
    page.set_viewport_size({"width": 1440, "height": height})
    open_table(page, sign_in, *[picture(colour) for colour in (SOURCE, FIRST, SECOND)])
    page.evaluate("scrollTo(0, 80)")
    assert page.evaluate("scrollY") > 0
    next_frame(page)
    view = pane(page, "0")
    spot = """(node) => {
      const frame = [...node.querySelectorAll("canvas")]
        .find((one) => one.style.visibility === "inherit" && one.style.opacity !== "0.01")
        .getBoundingClientRect();
      return [frame.left, frame.top, frame.width, frame.height];
    }"""
    box = view.bounding_box()
    point = box["x"] + 0.4 * box["width"], box["y"] + 0.4 * box["height"]
    before = view.evaluate(spot)
    page.mouse.move(*point)
    page.mouse.wheel(0, -300)
    for _ in range(3):
        next_frame(page)
    after = view.evaluate(spot)
    assert after[2] > 1.2 * before[2]
    # The picture is as high as its pane, so that nothing but the zoom moves it down or up.
    fractions = [(point[1] - frame[1]) / frame[3] for frame in (before, after)]
    assert fractions[0] == pytest.approx(fractions[1], abs=0.02)
