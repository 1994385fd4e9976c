"""Pictures of the comparison screen, as people see it: build/screens/*.png."""

from pathlib import Path

import pytest

from tests.browser.desk import await_pictures, open_desk, press
from tests.browser.light_table import await_full, lay_out, noise, picture

FOLDER = Path(__file__).resolve().parents[2] / "build" / "screens"
WINDOWS = {"1280x800": (1280, 800), "1920x1080": (1920, 1080), "2560x1440": (2560, 1440)}
SHAPES = {"portrait": (800, 1200), "panorama": (1800, 600), "large": (2048, 2048)}
VIEWS = {"side": "", "flicker": "x", "wipe": "x v", "overlay": "x v v", "difference": "x v v v"}
#: At 1920 × 1080 the pictures have at least this much of the window.
LEAST_SHARE = 0.55
STANDS = """() => {
  const box = (one) => one.getBoundingClientRect();
  // The source may stand beside two rows of edits, as wide and taller.
  const panes = [...document.querySelectorAll(".pane.candidate")].map(box);
  const stage = box(document.getElementById("stage"));
  const outside = [...document.querySelectorAll("#submit, .prefer, .level, #tools")].map(box)
    .filter(({ width }) => width)
    .filter(({ bottom, right }) => bottom > innerHeight + 1 || right > innerWidth + 1);
  return {
    scrolls: document.documentElement.scrollWidth > innerWidth,
    share: stage.width * stage.height / (innerWidth * innerHeight),
    sizes: [...new Set(panes.map((one) => `${Math.round(one.width)}x${Math.round(one.height)}`))],
    outside: outside.length,
  };
}"""


def shoot(page, name):
    FOLDER.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=FOLDER / f"{name}.png")
    return page.evaluate(STANDS)


def drawn(k, size):
    source = (90, 130, 160)
    edits = [(200 - 40 * n, 90 + 30 * n, 90) for n in range(k)]
    return [picture(source, size=size, square=(220, 220, 90))] + [
        picture(source, size=size, square=colour) for colour in edits
    ]


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("k", [2, 3, 4])
def test_the_screen_is_filled_and_nothing_is_out_of_reach(k, window, open_context, sign_in):
    width, height = WINDOWS[window]
    pictures = drawn(k, (1024, 768))
    campaign, person = lay_out(*pictures)
    page = open_context(viewport={"width": width, "height": height}).new_page()
    open_desk(sign_in(page, person), campaign)
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        stands = shoot(page, f"{window}-k{k}-{theme}")
        assert not stands["scrolls"]
        assert stands["outside"] == 0
        assert len(stands["sizes"]) == 1, stands["sizes"]
        if window == "1920x1080":
            assert stands["share"] >= LEAST_SHARE


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("k", [2, 4])
def test_pictures_of_any_shape_lie_whole_in_their_panes(k, shape, page, sign_in):
    campaign, person = lay_out(*drawn(k, SHAPES[shape]))
    open_desk(sign_in(page, person), campaign)
    stands = shoot(page, f"1280x800-k{k}-{shape}")
    assert not stands["scrolls"]
    inside = """[...document.querySelectorAll(".view")].every((view) => {
        const outer = view.getBoundingClientRect();
        const inner = view.querySelector("canvas").getBoundingClientRect();
        return inner.left >= outer.left - 1 && inner.right <= outer.right + 1
            && inner.top >= outer.top - 1 && inner.bottom <= outer.bottom + 1;
    })"""
    assert page.evaluate(inside)


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_is_pictured(view, page, sign_in):
    edits = [noise(seed=seed) for seed in (5, 6, 7)]
    campaign, person = lay_out(*edits)
    open_desk(sign_in(page, person), campaign)
    await_full(page)
    press(page, VIEWS[view])
    if view == "difference":
        page.locator(".view canvas[data-level=map]").first.wait_for(state="attached")
    await_pictures(page)
    stands = shoot(page, f"view-{view}")
    assert page.locator("#stage").get_attribute("data-view") == view
    assert not stands["scrolls"]
    assert stands["outside"] == 0
