"""What the tests of the judging page share: a campaign at work, and looking at the page."""

import re
import time
from urllib.parse import urljoin

from playwright.sync_api import expect

from tests.chromium import PATIENCE_MS
from tests.factories import make_campaign, make_member, make_queued


def open_campaign(*, n=3, k=2, **columns):
    """Return a live campaign with n comparisons waiting, and an annotator of it."""
    campaign = make_campaign(k=k, overlap=columns.pop("overlap", 1), **columns)
    for _ in range(n):
        make_queued(campaign=campaign, k=k, files=True)
    return campaign, make_member(campaign)


def address(campaign):
    return f"/c/{campaign.slug}/judge/"


def open_desk(page, campaign):
    """Open the judging page and wait until its script works and its pictures are there."""
    page.goto(address(campaign))
    await_pictures(page)


def open_desk_and_next(page, campaign):
    """Open the judging page and wait until what follows is there as well, with its pictures.

    A quiet network proves nothing: a busy machine may ask for what follows only after it.
    """
    loaded = set()
    page.on("requestfinished", lambda request: loaded.add(request.url))
    with page.expect_response(re.compile(r"assignments/next/$")) as reply:
        open_desk(page, campaign)
    wanted = {
        urljoin(page.url, picture["url"])
        for assignment in reply.value.json()["assignments"]
        for picture in (assignment["source"], *assignment["candidates"])
    }
    deadline = time.monotonic() + PATIENCE_MS / 1_000
    while missing := wanted - loaded:
        assert time.monotonic() < deadline, f"not loaded: {missing}"
        page.wait_for_timeout(50)


def await_pictures(page):
    expect(page.locator("html.live")).to_be_attached()
    n_panes = page.locator(".view").count()
    expect(page.locator(".view[data-state=ready]")).to_have_count(n_panes)
    expect(page.locator("#stage")).to_be_focused()


def press(page, keys):
    for key in keys.split():
        page.keyboard.press(key)


def shown(page):
    return page.locator("#instruction").inner_text()


def await_saved(page):
    expect(page.locator("#saved")).to_have_attribute("data-state", "saved")


def await_other_instruction(page, before):
    expect(page.locator("#instruction")).not_to_have_text(before)
    await_pictures(page)
