"""What the tests of the judging page share: a campaign at work, and looking at the page."""

from playwright.sync_api import expect

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
