"""The help, and the way from a word of ours to its row in the glossary."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.axe import violations_in_both_themes
from tests.factories import make_campaign, make_member, make_queued, make_user


@pytest.fixture
def lead(page, sign_in):
    person = make_user("lea")
    sign_in(page, person)
    return person


def test_a_word_of_ours_leads_by_keyboard_to_its_row(page, lead):
    campaign = make_campaign(lead=lead)
    page.goto(f"/c/{campaign.slug}/snapshots/")
    word = page.locator("a.term", has_text="snapshot").first
    word.focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/help/glossary/#snapshot$"))
    row = page.locator("tr", has=page.locator("#snapshot"))
    expect(row).to_be_in_viewport()
    plain = page.locator("tr", has=page.locator("#job"))
    colour = "one => getComputedStyle(one).backgroundColor"
    assert row.evaluate(colour) != plain.evaluate(colour)


@pytest.mark.parametrize("width", [390, 1366])
def test_axe_finds_nothing_on_the_help_and_on_pages_that_lead_on(open_context, sign_in, width):
    page = open_context(viewport={"width": width, "height": 800}).new_page()
    person = make_user("lea")
    sign_in(page, person)
    draft = make_campaign(lead=person, state="draft")
    live = make_campaign(lead=person)
    make_member(live, person)
    make_queued(campaign=live)
    found = {}
    for name, address in {
        "home": "/",
        "help": "/help/",
        "glossary": "/help/glossary/",
        "guide": "/help/annotators/",
        "draft": f"/c/{draft.slug}/",
        "live": f"/c/{live.slug}/",
        "people": f"/c/{live.slug}/people/",
        "models": f"/c/{draft.slug}/models/",
        "references": f"/c/{draft.slug}/references/",
        "mine": f"/c/{live.slug}/mine/",
    }.items():
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
        if lines := violations_in_both_themes(page, f"{name}-{width}"):
            found[name] = lines
    assert not found, found


def test_the_judging_page_at_work_has_no_footer_and_its_help_opens_beside_it(page, sign_in):
    campaign = make_campaign()
    sign_in(page, make_member(campaign))
    page.goto(f"/c/{campaign.slug}/judge/")
    expect(page.locator("footer")).to_be_visible()
    make_queued(campaign=campaign, files=True)
    page.reload()
    expect(page.locator("#bench")).to_be_visible()
    expect(page.locator("footer")).to_have_count(0)
    links = page.locator("#help a")
    assert {link.get_attribute("target") for link in links.all()} == {"_blank"}
