"""A lead looks at a comparison in the viewer of the judging page."""

from playwright.sync_api import expect

from tests.browser.light_table import (
    FIRST,
    SECOND,
    SOURCE,
    colour_at,
    is_near,
    pane,
    picture,
    stored,
)
from tests.factories import (
    make_campaign,
    make_candidate,
    make_comparison,
    make_item,
    make_judgment,
    make_user,
)


def test_the_pictures_of_a_comparison_are_viewed_as_on_the_judging_page(open_context, sign_in):
    lead = make_user()
    campaign = make_campaign(lead=lead)
    item = make_item(campaign, source=stored(picture(SOURCE)))
    edits = [make_candidate(item, image=stored(picture(colour))) for colour in (FIRST, SECOND)]
    comparison = make_comparison(item, candidates=edits)
    judgment = make_judgment(comparison, slot=1, note="Red is odd.")
    page = sign_in(open_context().new_page(), lead)
    page.goto(f"/c/{campaign.slug}/comparisons/{comparison.public_id}/")
    for place in ("source", "0", "1"):
        expect(pane(page, place)).to_have_attribute("data-state", "ready")
    colours = dict(zip((edit.pk for edit in edits), (FIRST, SECOND), strict=True))
    for place, candidate in enumerate(comparison.candidate_ids):
        assert is_near(colour_at(page, str(place)), colours[candidate], by=12)
    page.locator('[data-tool="wipe"]').click()
    expect(page.locator("#stage")).to_have_attribute("data-view", "wipe")
    expect(page.locator(f"[id='{judgment.public_id}']")).to_contain_text("Red is odd.")
