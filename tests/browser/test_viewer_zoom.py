"""Zoom, pan and real size: exact to the pixel, and in step in every pane."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from tests.browser.desk import await_pictures, press
from tests.browser.light_table import (
    FIRST,
    SOURCE,
    await_full,
    lay_out,
    next_frame,
    noise,
    open_table,
    pane,
    picture,
    seen,
)


def middle_of(shot, size):
    """Return the middle of a screenshot, `size` = (width, height)."""
    height, width, _ = shot.shape
    left, top = (width - size[0]) // 2, (height - size[1]) // 2
    return shot[top : top + size[1], left : left + size[0]]


def centre_of_colour(shot, colour):
    """Return the mean (x, y) of the pixels near a colour, in fractions of the pane."""
    rows, columns = np.nonzero(np.abs(shot - np.array(colour)).max(axis=2) <= 12)
    assert len(rows)
    height, width, _ = shot.shape
    return columns.mean() / width, rows.mean() / height


@pytest.mark.parametrize("ratio", [1, 1.5, 2])
def test_real_size_shows_every_pixel_of_the_lossless_picture_as_it_is(open_context, sign_in, ratio):
    original = noise((200, 150))
    campaign, person = lay_out(original, noise((200, 150), seed=6), noise((200, 150), seed=7))
    page = sign_in(open_context(device_scale_factor=ratio).new_page(), person)
    page.goto(f"/c/{campaign.slug}/judge/")
    await_pictures(page)
    await_full(page)
    page.keyboard.press("z")
    next_frame(page)
    wanted = np.asarray(Image.open(BytesIO(original))).astype(int)
    shot = middle_of(seen(page, "source"), (220, 170))
    # On whole pixels of the device it is found exactly, somewhere near the middle.
    places = [
        (x, y)
        for y in range(shot.shape[0] - 150 + 1)
        for x in range(shot.shape[1] - 200 + 1)
        if (shot[y : y + 150, x : x + 200] == wanted).all()
    ]
    assert len(places) == 1


def test_panes_of_other_sizes_stay_in_step_by_relative_position(page, sign_in):
    open_table(
        page,
        sign_in,
        picture(SOURCE, square=FIRST),
        picture(SOURCE, square=FIRST, size=(1200, 800)),
        picture(SOURCE, square=FIRST, size=(300, 200)),
    )
    box = pane(page, 0).bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.4, box["y"] + box["height"] * 0.45)
    page.mouse.wheel(0, -200)
    next_frame(page)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.4, steps=4)
    page.mouse.up()
    next_frame(page)
    centres = [centre_of_colour(seen(page, place), FIRST) for place in ("source", 0, 1)]
    for other in centres[1:]:
        assert other == pytest.approx(centres[0], abs=0.01)


def test_the_wheel_zooms_to_the_cursor(page, sign_in):
    open_table(page, sign_in, noise(), noise(seed=6), noise(seed=7))
    box = pane(page, 1).bounding_box()
    at = box["x"] + box["width"] * 0.7, box["y"] + box["height"] * 0.5
    page.mouse.move(*at)
    before = page.evaluate(UNDER, at)
    for _ in range(4):
        page.mouse.wheel(0, -100)
    after = settled(page, at)
    assert after["width"] > 1.5 * before["width"]
    assert after["x"] == pytest.approx(before["x"], abs=0.01)
    assert after["y"] == pytest.approx(before["y"], abs=0.01)


def settled(page, at):
    """Return what lies under a point once it has stopped moving."""
    before = None
    while (now := page.evaluate(UNDER, at)) != before:
        before = now
        page.wait_for_timeout(250)
    return now


# The fraction of the picture in the second edit's pane that lies under a point of the page.
UNDER = """([x, y]) => {
    const layer = [...document.querySelectorAll("[data-pane='1'] canvas")]
        .find((one) => getComputedStyle(one).visibility === "visible");
    const box = layer.getBoundingClientRect();
    return { x: (x - box.left) / box.width, y: (y - box.top) / box.height, width: box.width };
}"""


def test_above_three_hundred_percent_pixels_have_hard_edges(page, sign_in):
    open_table(page, sign_in, *[noise((120, 80), seed=seed) for seed in (1, 2, 3)])
    await_full(page)
    for _ in range(6):
        page.keyboard.press("=")
    next_frame(page)
    original = np.asarray(Image.open(BytesIO(noise((120, 80), seed=1)))).astype(int)
    known = {tuple(colour) for colour in original.reshape(-1, 3)}
    shot = middle_of(seen(page, "source"), (100, 100)).reshape(-1, 3)
    assert {tuple(colour) for colour in shot} <= known


def test_fit_and_real_size_are_one_key_away_and_back(page, sign_in):
    open_table(page, sign_in, *[noise((900, 700), seed=seed) for seed in (1, 2, 3)])
    fitted = page.evaluate(UNDER, [0, 0])["width"]
    press(page, "z")
    next_frame(page)
    assert page.evaluate(UNDER, [0, 0])["width"] == 900
    press(page, "z")
    next_frame(page)
    assert page.evaluate(UNDER, [0, 0])["width"] == fitted
    press(page, "z ArrowRight c")
    next_frame(page)
    assert page.evaluate(UNDER, [0, 0])["width"] == fitted
