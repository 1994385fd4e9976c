"""A lead sets the comparison screen in a browser, in both themes."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import expect

from annotation.models import Campaign
from tests.factories import make_campaign, make_user

SHOTS = Path(os.environ.get("EDITJURY_SCREENSHOTS", "build/screenshots"))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_what_a_lead_enters_for_the_screen_is_there_again(open_context, sign_in, theme):
    page = open_context(color_scheme=theme).new_page()
    lead = make_user()
    campaign = make_campaign(lead=lead)
    address = f"/c/{campaign.slug}/settings/"
    sign_in(page, lead).goto(address)
    page.get_by_label("Least colour gamut").select_option("Display P3")
    page.get_by_label("Least size of an image, pixels").fill("800")
    page.get_by_label("Ask how much better the preferred edit is").check()
    page.get_by_label("Reasons beside the verdict").fill("Hands\nText in the image\nLight")
    section = page.locator("#screen")
    section.scroll_into_view_if_needed()
    SHOTS.mkdir(parents=True, exist_ok=True)
    section.screenshot(path=SHOTS / f"screen-settings-{theme}.png")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The settings were saved.")).to_be_visible()
    expect(page.get_by_label("Reasons beside the verdict")).to_have_value(
        "Hands\nText in the image\nLight"
    )
    stored = Campaign.objects.get(pk=campaign.pk)
    assert stored.reason_chips == ["Hands", "Text in the image", "Light"]
    assert (stored.least_gamut, stored.least_pane, stored.asks_strength) == ("p3", 800, True)
    assert (stored.shows_outside, stored.purpose) == (True, "preferences")
