"""A lead tries the judging page in a preview."""

from playwright.sync_api import expect

from annotation.models import Assignment, Judgment
from tests.browser.desk import await_pictures, press
from tests.factories import make_campaign, make_queued, make_user


def test_every_control_works_in_a_preview_and_no_request_leaves_it(open_context, sign_in):
    lead = make_user()
    campaign = make_campaign(lead=lead)
    comparison = make_queued(campaign=campaign, files=True)
    page = sign_in(open_context().new_page(), lead)
    sent = []
    page.on("request", lambda one: sent.append(one.url) if one.method != "GET" else None)
    page.goto(f"/c/{campaign.slug}/comparisons/{comparison.public_id}/preview/")
    await_pictures(page)
    press(page, "q w a s 1 Enter")
    expect(page.locator("input:checked").first).to_be_attached()
    expect(page.locator(".toast, #missing:not(:empty)").first).to_be_attached()
    expect(page.locator("#submit")).to_be_disabled()
    expect(page.locator("#instruction")).to_have_text(comparison.item.instruction)
    page.locator('[data-tool="wipe"]').click()
    expect(page.locator("#stage")).to_have_attribute("data-view", "wipe")
    page.goto(f"/c/{campaign.slug}/comparisons/")
    assert sent == []
    assert not Assignment.objects.exists()
    assert not Judgment.objects.exists()
