"""Pictures whose colours tell which is which, and what is seen of them on the stage."""

from io import BytesIO

import numpy as np
from PIL import Image

from tests.browser.desk import await_pictures, open_desk
from tests.factories import make_campaign, make_candidate, make_image, make_item, make_member
from tests.factories import make_queued as queue

SOURCE, FIRST, SECOND = (90, 160, 90), (200, 60, 60), (60, 60, 200)


def picture(colour, *, size=(600, 400), square=None, corner=None, alpha=None):
    """Return a plain PNG; `square` (colour) fills its middle ninth, `corner` the upper left one."""
    width, height = size
    image = Image.new("RGBA", size, (*colour, 255 if alpha is None else alpha))
    if square:
        box = (width // 3, height // 3, 2 * width // 3, 2 * height // 3)
        image.paste((*square, 255), box)
    if corner:
        image.paste((*corner, 255), (0, 0, width // 3, height // 3))
    buffer = BytesIO()
    (image if alpha is not None else image.convert("RGB")).save(buffer, "PNG")
    return buffer.getvalue()


def noise(size=(600, 400), seed=5):
    """Return a PNG in which no two neighbourhoods are alike."""
    width, height = size
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    buffer = BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def lay_out(source, *edits, **columns):
    """Return a live campaign with one comparison of these PNGs, and its annotator."""
    campaign = make_campaign(k=len(edits), overlap=1, **columns)
    item = make_item(campaign, source=stored(source))
    candidates = [make_candidate(item, image=stored(edit)) for edit in edits]
    queue(item, candidates=candidates)
    return campaign, make_member(campaign)


def stored(data):
    width, height = Image.open(BytesIO(data)).size
    return make_image(files=True, data=data, width=width, height=height)


def open_table(page, sign_in, source, *edits, **columns):
    campaign, person = lay_out(source, *edits, **columns)
    open_desk(sign_in(page, person), campaign)
    await_pictures(page)
    return campaign, person


def pane(page, place):
    """Return the pane of "source" or of a screen position."""
    return page.locator(f".view[data-pane='{place}']")


def seen(page, place):
    """Return what is on the screen in a pane: (height, width, 3), device pixels."""
    return pixels_of(page, pane(page, place).bounding_box())


def pixels_of(page, box):
    # Cut here: a clip that is not on whole pixels would be resampled.
    shot = np.asarray(Image.open(BytesIO(page.screenshot())).convert("RGB")).astype(int)
    ratio = shot.shape[1] / page.viewport_size["width"]
    sides = (box["x"], box["y"], box["x"] + box["width"], box["y"] + box["height"])
    left, top, right, bottom = (round(side * ratio) for side in sides)
    return shot[top:bottom, left:right]


def colour_at(page, place, x=0.5, y=0.5):
    """Return the colour at a fraction of a pane."""
    shot = seen(page, place)
    height, width, _ = shot.shape
    return tuple(shot[int(y * (height - 1)), int(x * (width - 1))])


def is_near(colour, other, *, by=6):
    return all(abs(int(a) - int(b)) <= by for a, b in zip(colour, other, strict=True))


def view(page):
    return page.locator("#stage").get_attribute("data-view")


def await_full(page):
    """Wait until every pane holds its lossless picture."""
    page.locator("#stage").wait_for()
    for box in page.locator(".view").all():
        box.locator("canvas[data-level=full]").first.wait_for(state="attached")


def next_frame(page):
    """Wait until what was done is on the screen."""
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
