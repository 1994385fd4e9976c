"""On a slow line the page loads no more of a picture than the screen shows."""

import re

from playwright.sync_api import expect

from tests.bench.slow_line import SLOW_LINE, campaign_of
from tests.browser.desk import await_pictures, open_desk, press
from tests.browser.light_table import noise


def addresses(asked):
    return [url.partition("/media/a/")[2] for url in asked if "/media/a/" in url]


def steps(asked):
    """The longest sides that were asked for: 0 = the fit view itself, -1 = the lossless view."""
    found = [re.search(r"/(fit|full)\.webp(?:\?side=(\d+))?$", url) for url in addresses(asked)]
    return [-1 if each[1] == "full" else int(each[2] or 0) for each in found]


def test_a_slow_line_loads_the_step_that_the_panes_need_and_a_larger_one_on_demand(page, sign_in):
    three = tuple(noise((1024, 1024), seed=seed) for seed in (1, 2, 3))
    campaign, person = campaign_of([three])
    page.add_init_script(SLOW_LINE)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    open_desk(sign_in(page, person), campaign)
    assert page.locator(".view").first.evaluate("(view) => view.clientHeight") <= 512
    assert set(steps(asked)) == {512}
    assert len(steps(asked)) == 3
    page.set_viewport_size({"width": 1280, "height": 1100})
    with page.expect_request(lambda request: re.search(r"side=768|fit\.webp$", request.url)):
        press(page, "x")
    expect(page.locator("#stage")).to_have_attribute("data-view", "flicker")
    await_pictures(page)
    assert -1 not in steps(asked)


def test_a_quick_line_loads_each_picture_once_for_all_views(page, sign_in):
    three = tuple(noise((1024, 1024), seed=seed) for seed in (4, 5, 6))
    campaign, person = campaign_of([three])
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    open_desk(sign_in(page, person), campaign)
    expect(page.locator("canvas[data-level=full]").first).to_be_attached()
    press(page, "x")
    expect(page.locator("#stage")).to_have_attribute("data-view", "flicker")
    lossy = [step for step in steps(asked) if step >= 0]
    assert len(lossy) == 3


def test_a_small_picture_has_no_step(page, sign_in):
    campaign, person = campaign_of([tuple(noise((400, 300), seed=seed) for seed in (7, 8, 9))])
    page.add_init_script(SLOW_LINE)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    open_desk(sign_in(page, person), campaign)
    assert steps(asked) == [0, 0, 0]
