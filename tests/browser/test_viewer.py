"""The ways of looking at a source and its edits, seen on the screen."""

from playwright.sync_api import expect

from annotation.items.services.regions import refresh_regions
from annotation.models import Judgment
from tests.browser.desk import open_desk, press
from tests.browser.light_table import (
    FIRST,
    SECOND,
    SOURCE,
    await_full,
    colour_at,
    is_near,
    lay_out,
    next_frame,
    open_table,
    pane,
    picture,
    seen,
    view,
)

RED_AND_BLUE = (FIRST, SECOND)


def open_plain(page, sign_in):
    """Open a source and two edits of one colour each; return the colours of A and B."""
    open_table(page, sign_in, picture(SOURCE), picture(FIRST), picture(SECOND))
    is_red = is_near(colour_at(page, 0), FIRST)
    return RED_AND_BLUE if is_red else RED_AND_BLUE[::-1]


def test_every_pane_shows_its_own_picture(page, sign_in):
    a, b = open_plain(page, sign_in)
    assert is_near(colour_at(page, "source"), SOURCE)
    assert is_near(colour_at(page, 0), a)
    assert is_near(colour_at(page, 1), b)


def test_space_shows_the_source_in_place_of_the_edits_while_it_is_held(page, sign_in):
    a, b = open_plain(page, sign_in)
    page.keyboard.down("Space")
    next_frame(page)
    assert is_near(colour_at(page, 0), SOURCE)
    assert is_near(colour_at(page, 1), SOURCE)
    page.keyboard.up("Space")
    next_frame(page)
    assert is_near(colour_at(page, 0), a)
    assert is_near(colour_at(page, 1), b)


def test_flicker_cuts_between_the_edits_in_one_pane_and_scores_the_one_it_shows(page, sign_in):
    a, b = open_plain(page, sign_in)
    page.keyboard.press("x")
    next_frame(page)
    assert view(page) == "flicker"
    assert is_near(colour_at(page, 0), a)
    page.keyboard.press("x")
    next_frame(page)
    assert is_near(colour_at(page, 1), b)
    assert pane(page, 0).bounding_box() == pane(page, 1).bounding_box()
    press(page, "r d")
    scored = page.locator(".scale[data-position='1'] input:checked")
    expect(scored).to_have_count(2)
    page.keyboard.press("x")
    next_frame(page)
    assert is_near(colour_at(page, 0), a)


def test_flicker_never_shows_a_blank_frame(page, sign_in):
    open_plain(page, sign_in)
    page.keyboard.press("x")
    page.evaluate("""() => {
        window.nBlanks = 0;
        const look = () => {
            const lit = [...document.querySelectorAll(".pane.shown .view canvas")]
                .filter((one) => getComputedStyle(one).visibility === "visible");
            if (lit.length !== 1) window.nBlanks += 1;
            window.nFrames = (window.nFrames ?? 0) + 1;
            requestAnimationFrame(look);
        };
        requestAnimationFrame(look);
    }""")
    for _ in range(12):
        page.keyboard.press("x")
    next_frame(page)
    frames, blanks = page.evaluate("[window.nFrames, window.nBlanks]")
    assert frames > 2
    assert blanks == 0
    duration = page.locator(".pane.shown canvas").first.evaluate(
        "one => getComputedStyle(one).transitionDuration"
    )
    assert duration == "0s"


def test_space_shows_the_source_in_flicker_too(page, sign_in):
    open_plain(page, sign_in)
    page.keyboard.press("x")
    page.keyboard.down("Space")
    next_frame(page)
    assert is_near(colour_at(page, "source"), SOURCE)
    page.keyboard.up("Space")


def test_the_wipe_has_the_source_on_its_left_and_the_edit_on_its_right(page, sign_in):
    a, b = open_plain(page, sign_in)
    press(page, "x v")
    next_frame(page)
    assert view(page) == "wipe"
    assert is_near(colour_at(page, 0, x=0.45), SOURCE)
    assert is_near(colour_at(page, 0, x=0.55), a)
    press(page, "ArrowRight ArrowRight ArrowRight ArrowRight ArrowRight")
    next_frame(page)
    assert is_near(colour_at(page, 0, x=0.55), SOURCE)
    page.keyboard.press("b")
    next_frame(page)
    assert is_near(colour_at(page, 0, x=0.55), b)
    expect(page.locator("[data-against]")).to_have_text("Edit B")


def test_the_divider_of_the_wipe_is_dragged_and_moved_by_keys(page, sign_in):
    open_plain(page, sign_in)
    press(page, "x v")
    divider = page.get_by_role("slider", name="Where the wipe divides")
    box = divider.bounding_box()
    page.mouse.move(box["x"] + 1, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] - 150, box["y"] + 60)
    page.mouse.up()
    next_frame(page)
    assert int(divider.get_attribute("aria-valuenow")) < 45
    before = int(divider.get_attribute("aria-valuenow"))
    divider.press("ArrowRight")
    assert int(divider.get_attribute("aria-valuenow")) == before + 2


def test_the_overlay_mixes_the_edit_with_what_it_is_compared_with(page, sign_in):
    a, _ = open_plain(page, sign_in)
    press(page, "x v v")
    next_frame(page)
    assert view(page) == "overlay"
    mixed = [(one + other) / 2 for one, other in zip(SOURCE, a, strict=True)]
    assert is_near(colour_at(page, 0), mixed, by=8)
    for _ in range(10):
        page.keyboard.press("ArrowRight")
    next_frame(page)
    assert is_near(colour_at(page, 0), a)


def test_the_difference_is_black_where_nothing_changed_and_bright_where_it_did(page, sign_in):
    edits = [picture(SOURCE, square=(250, 250, 250)), picture(SOURCE, square=(10, 10, 10))]
    open_table(page, sign_in, picture(SOURCE), *edits)
    page.locator("[data-tool=difference]").click()
    page.locator(".view canvas[data-level=map]").nth(1).wait_for(state="attached")
    next_frame(page)
    for position in (0, 1):
        assert is_near(colour_at(page, position), (255, 255, 255))
        assert is_near(colour_at(page, position, x=0.1), (0, 0, 0))
    assert is_near(colour_at(page, "source"), SOURCE)


def test_what_changed_outside_is_not_offered_without_a_region(page, sign_in):
    open_plain(page, sign_in)
    expect(page.locator("[data-tool=outside]")).to_be_hidden()
    visited = []
    for _ in range(5):
        visited.append(view(page))
        page.keyboard.press("v")
    assert visited == ["side", "flicker", "wipe", "overlay", "difference"]
    assert view(page) == "side"


def test_what_changed_outside_the_region_is_marked_on_the_edit_that_did_it(page, sign_in):
    middle = [picture(SOURCE, square=colour) for colour in (FIRST, SECOND)]
    stray = picture(SOURCE, square=(250, 250, 250), corner=(10, 10, 10))
    campaign, person = lay_out(picture(SOURCE), *middle, stray)
    assert refresh_regions() == 1
    open_desk(sign_in(page, person), campaign)
    page.locator("[data-tool=outside]").click()
    page.locator(".view canvas[data-level=map]").nth(5).wait_for(state="attached")
    next_frame(page)
    marked = [is_marked(seen(page, position)) for position in range(3)]
    assert sorted(marked) == [False, False, True]
    press(page, "r d ] r d ] w a 1 2 3 Enter Enter")
    expect(page.get_by_role("heading", name="All done")).to_be_visible()
    judgment = Judgment.objects.get()
    assert judgment.evidence["outside_seen"] is True
    assert judgment.evidence["views"]["outside"] > 0


def is_marked(shot):
    """Whether a good part of a screenshot is the orange of what changed outside."""
    return bool((abs(shot - [255, 122, 24]).max(axis=2) <= 12).mean() > 0.01)


def test_transparent_pictures_lie_on_a_neutral_checker(page, sign_in):
    clear = [picture(colour, square=FIRST, alpha=0) for colour in (SOURCE, SECOND)]
    open_table(page, sign_in, picture(SOURCE), *clear)
    shot = seen(page, 0)
    height, width, _ = shot.shape
    assert is_near(shot[height // 2, width // 2], FIRST)
    left = shot[height // 2 - 20 : height // 2 + 20, 20 : width // 4].reshape(-1, 3)
    greys = {tuple(pixel) for pixel in left}
    assert len(greys) >= 2
    assert all(max(grey) - min(grey) <= 2 for grey in greys)


def test_a_pane_counts_the_bytes_that_it_holds(page, sign_in):
    open_plain(page, sign_in)
    await_full(page)
    held = page.evaluate("""[...document.querySelectorAll("#stage canvas")]
        .reduce((sum, one) => sum + one.width * one.height * 4, 0)""")
    assert int(page.locator("#stage").get_attribute("data-bitmaps")) == held
