"""Every word on an annotator's pages can be translated: with all strings marked, none is bare."""

import re

import pytest
from playwright.sync_api import expect

from annotation.models import Item
from tests.browser.desk import await_pictures, open_campaign, press
from tests.live import gunicorn_on

JS_CATALOGUE = """
window.django = {
  jsi18n_initialized: true,
  gettext: (text) => `\u27e6${text}\u27e7`,
  ngettext: (one, many, n) => `\u27e6${n === 1 ? one : many}\u27e7`,
  pluralidx: (n) => (n === 1 ? 0 : 1),
};
"""
# Visible words, and those that are told: names, titles, hints.
WORDS = """() => {
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const { parentElement: parent, textContent } = walker.currentNode;
    if (parent.closest("script, style, kbd, .key, .readout, [data-user-text]")) continue;
    if (parent.checkVisibility({ visibilityProperty: true })) found.push(textContent);
  }
  for (const name of ["aria-label", "title", "placeholder", "alt"]) {
    for (const node of document.querySelectorAll(`[${name}]`)) {
      if (!node.closest(".key")) found.push(node.getAttribute(name));
    }
  }
  return found;
}"""
STATES = ["", "r d ] w a 2 Enter", "k", "j", "n", "m Enter", "h", "Shift+?", "x v v v", "Shift+q g"]


@pytest.fixture(scope="session")
def marked_site(django_db_setup, django_db_blocker, tmp_path_factory):
    yield from gunicorn_on(
        django_db_blocker, tmp_path_factory.mktemp("marked"), settings="tests.pseudo_settings"
    )


@pytest.fixture
def marked_page(open_context, sign_in, marked_site, live_site, settings):
    settings.MEDIA_ROOT = marked_site.media_root
    context = open_context(base_url=marked_site.url)
    context.add_init_script(JS_CATALOGUE)
    return context.new_page()


def bare(texts, data):
    """Return what stands outside the marks and is no data of the campaign."""
    left = []
    for text in (re.sub(r"Make the sky number \d+ green\.", "", text) for text in texts):
        outside, depth = [], 0
        for sign in text:
            depth += sign == "\u27e6"
            if depth == 0:
                outside.append(sign)
            depth -= sign == "\u27e7"
            if sign == "\u27e7":
                outside.append(" ")
        rest = "".join(outside)
        for known in data:
            rest = rest.replace(known, "")
        if re.search(r"[A-Za-z]{2}", rest):
            left.append(rest.strip())
    return left


def test_what_is_not_marked_is_found():
    assert bare(["\u27e6Saved\u27e7", "Left over \u27e6x\u27e7", "A \u27e6of\u27e7 B"], []) == [
        "Left over"
    ]
    assert bare(["Campaign 1 \u27e6\u27e6a\u27e7 b\u27e7"], ["Campaign 1"]) == []


def data_of(campaign, person):
    rubric = campaign.rubrics.get()
    words = ["EditJury", campaign.name, person.username, "Shows blood"]
    for dimension in rubric.dimensions.all():
        words += [dimension.name, dimension.name.lower(), dimension.question]
        words += [text for level in dimension.levels.all() for text in (level.name, level.text)]
        words += [text for one in dimension.criteria.all() for text in (one.name, one.text)]
    return sorted(words, key=len, reverse=True)


def test_no_word_of_the_judging_page_is_bare(marked_page, sign_in):
    page = marked_page
    campaign, person = open_campaign(n=1, asks_strength=True)
    sign_in(page, person)
    page.context.add_cookies([cookie | {"url": page.context._options["baseURL"]} for cookie in []])
    data = data_of(campaign, person)
    found = {}
    for keys in STATES:
        page.goto(f"/c/{campaign.slug}/judge/")
        await_pictures(page)
        press(page, keys)
        page.wait_for_timeout(150)
        if words := bare(page.evaluate(WORDS), data):
            found[keys] = words
    assert not found, found


def test_no_word_of_the_other_pages_is_bare(marked_page, sign_in):
    page = marked_page
    campaign, person = open_campaign(n=1)
    sign_in(page, person)
    page.goto(f"/c/{campaign.slug}/judge/")
    await_pictures(page)
    press(page, "r d ] w a 1 Shift+q Enter")
    expect(page.locator(".empty")).to_be_visible()
    data = data_of(campaign, person)

    def words():
        return bare(page.evaluate(WORDS), data)

    assert words() == []
    page.goto(f"/c/{campaign.slug}/mine/")
    assert [w for w in words() if not re.fullmatch(r"[0-9]+ \w+ [0-9]{4}, [0-9:]+", w)] == []


def test_instructions_run_as_their_language_does_and_edits_never_change_sides(page, sign_in):
    campaign, person = open_campaign(n=1)
    Item.objects.update(instruction="اجعل السماء زرقاء", language="ar")
    sign_in(page, person).goto(f"/c/{campaign.slug}/judge/")
    await_pictures(page)
    instruction = page.locator("#instruction")
    expect(instruction).to_have_attribute("lang", "ar")
    expect(instruction).to_have_css("direction", "rtl")
    places = [page.locator(f".pane.p{n}").bounding_box()["x"] for n in (1, 2)]
    assert places == sorted(places)
