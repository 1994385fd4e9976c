"""How much of the window is picture, and how high the controls are: build/picture_share.json."""

import json
from pathlib import Path

import pytest

from tests.browser.desk import open_desk, press
from tests.browser.light_table import lay_out, next_frame, picture

REPORT = Path(__file__).resolve().parents[2] / "build" / "picture_share.json"
WINDOWS = (
    (1366, 633),
    (1280, 593),
    (1280, 720),
    (1280, 800),
    (1440, 900),
    (1536, 730),
    (1920, 1080),
    (2560, 1440),
)
#: Least percent of the window that is picture, by window and number of edits. Three squares beside
#: each other can take 53 % of 1440 x 900 at most; the edits alone take more.
LEAST = {
    (1366, 633, 2): 33,
    (1280, 720, 2): 45,
    (1440, 900, 2): 51,
    (1440, 900, 3): 42,
    (1440, 900, 4): 40,
    (1920, 1080, 4): 42,
}
LEAST_WITHOUT_SOURCE = 55
MOST_DOCK = 190
SHOWN = """() => {
  const seen = (node) => node.checkVisibility({ visibilityProperty: true });
  const boxes = [...document.querySelectorAll(".pane canvas[data-level]")]
    .filter((one) => seen(one) && one.style.opacity !== "0.01")
    .map((one) => one.getBoundingClientRect());
  const area = boxes.reduce((sum, { width, height }) => sum + width * height, 0);
  return {
    share: Math.round(1000 * area / (innerWidth * innerHeight)) / 10,
    side: Math.round(Math.max(...boxes.map(({ width }) => width))),
    pictures: boxes.length,
    dock: Math.round(document.getElementById("dock").getBoundingClientRect().height),
    beside: document.getElementById("bench").classList.contains("beside"),
  };
}"""


def squares(k):
    return [picture((200 - 30 * n, 90, 60 + 30 * n), size=(768, 768)) for n in range(k + 1)]


def measured(page, width, height):
    page.set_viewport_size({"width": width, "height": height})
    for _ in range(3):
        next_frame(page)
    return page.evaluate(SHOWN)


def note(name, figures):
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    report = json.loads(REPORT.read_text()) if REPORT.exists() else {}
    REPORT.write_text(json.dumps(report | {name: figures}, indent=1))


@pytest.mark.parametrize("k", [2, 3, 4])
def test_the_pictures_take_their_share_of_the_window(page, sign_in, k):
    campaign, person = lay_out(*squares(k))
    open_desk(sign_in(page, person), campaign)
    page.locator("#welcome-done").click()
    for width, height in WINDOWS:
        figures = measured(page, width, height)
        assert figures["pictures"] == k + 1
        note(f"{width}x{height} k{k}", figures)
        assert figures["share"] >= LEAST.get((width, height, k), 0), (width, height, figures)
        if not figures["beside"] and (width, height) == (1440, 900):
            assert figures["dock"] <= MOST_DOCK


def test_two_edits_without_their_source_take_more_than_half_of_the_window(page, sign_in):
    page.set_viewport_size({"width": 1440, "height": 900})
    campaign, person = lay_out(*squares(2))
    open_desk(sign_in(page, person), campaign)
    page.locator("#welcome-done").click()
    press(page, "o")
    figures = measured(page, 1440, 900)
    assert figures["pictures"] == 2
    note("1440x900 k2 edits only", figures)
    press(page, "p")
    alone = measured(page, 1440, 900)
    note("1440x900 k2 edits only, alone", alone)
    assert figures["share"] >= LEAST_WITHOUT_SOURCE
    assert alone["share"] > figures["share"]
