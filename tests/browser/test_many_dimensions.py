"""A rubric with eight dimensions is judged by keys alone: they move to the next three."""

from playwright.sync_api import expect

from annotation.models import Judgment
from tests.browser.desk import address, await_pictures, press
from tests.factories import make_campaign, make_member, make_queued, make_rubric

SLUGS = [f"question_{number}" for number in range(1, 9)]


def test_eight_dimensions_are_scored_and_flagged_by_keys_alone(page, sign_in):
    campaign = make_campaign(k=2, overlap=1, rubric=False)
    make_rubric(campaign, dimensions=SLUGS)
    make_queued(campaign=campaign, k=2, files=True)
    person = make_member(campaign)
    sign_in(page, person).goto(address(campaign))
    await_pictures(page)
    keyed = page.locator(".scale.keyed")
    for row, keys in enumerate(("q a t", "w s y", "e d")):
        # The last score of three gives the keys to the next three.
        expect(keyed.first).to_have_attribute("data-row", str(3 * row))
        expect(keyed).to_have_count(2 if row == 2 else 3)
        press(page, keys)
    expect(page.locator(".pane.active")).to_have_attribute("data-position", "1")
    expect(keyed.first).to_have_attribute("data-row", "0")
    press(page, "r f i r f i r f 2")
    expect(page.locator("#submit")).to_have_attribute("aria-disabled", "false")
    press(page, "Enter")
    expect(page.get_by_role("heading", name="All done")).to_be_visible()
    judgment = Judgment.objects.get()
    by_position = [judgment.scores[canonical] for canonical in judgment.assignment.shown_order]
    assert by_position == [[1, 1, 1, 2, 2, 2, 3, 3], [4] * 8]


def test_a_key_gives_the_score_keys_to_the_next_dimensions_and_round_again(page, sign_in):
    campaign = make_campaign(k=2, overlap=1, rubric=False)
    make_rubric(campaign, dimensions=SLUGS)
    make_queued(campaign=campaign, k=2, files=True)
    sign_in(page, make_member(campaign)).goto(address(campaign))
    await_pictures(page)
    for row in ("3", "6", "0"):
        press(page, ".")
        expect(page.locator(".scale.keyed").first).to_have_attribute("data-row", row)


def test_the_help_names_the_key_of_the_next_dimensions(page, sign_in):
    campaign = make_campaign(k=2, overlap=1, rubric=False)
    make_rubric(campaign, dimensions=SLUGS)
    make_queued(campaign=campaign, k=2, files=True)
    sign_in(page, make_member(campaign)).goto(address(campaign))
    await_pictures(page)
    press(page, "?")
    expect(page.locator("#help")).to_contain_text("Score keys for the next dimensions")
