"""The judging page in Firefox: keys, focus and colours; skipped where there is none."""

import pytest
from django.test import Client

from annotation.models import Judgment
from tests.browser.bidi import FORCED_COLOURS, HOW, find_firefox, running_firefox
from tests.browser.desk import address, open_campaign

READY = (
    "document.documentElement.matches('.live') && document.activeElement.id === 'stage' &&"
    " [...document.querySelectorAll('.view')].every((view) => view.dataset.state === 'ready')"
)
LOOK = """(({ backgroundColor, color, borderTopColor, outlineStyle }) =>
  [backgroundColor, color, borderTopColor, outlineStyle])(getComputedStyle(%s))"""


@pytest.fixture
def open_firefox(live_site):
    """Return open_firefox(person, path, prefs) as a context manager, or skip."""
    path = find_firefox()
    if path is None:
        pytest.skip(HOW)

    def start(prefs=None):
        return running_firefox(path, live_site.url, prefs)

    return start


def open_desk(page, campaign, person):
    client = Client()
    client.force_login(person)
    page.set_cookie("sessionid", client.cookies["sessionid"].value)
    page.resize(1280, 800)
    page.goto(address(campaign))
    page.wait_for(READY)


def active(page):
    return page.evaluate("document.querySelector('.pane.active').dataset.position")


def look(page, selector):
    return page.evaluate(LOOK % f"document.querySelector({selector!r})")


def test_a_judgment_by_keys_alone_is_stored_as_it_was_given(open_firefox):
    campaign, person = open_campaign(n=2)
    with open_firefox() as page:
        open_desk(page, campaign, person)
        before = page.evaluate("document.querySelector('#instruction').textContent")
        page.press("r d")
        assert active(page) == "1"
        page.press("w a Shift+q 1 Enter")
        page.wait_for(f"document.querySelector('#instruction').textContent !== {before!r}")
        page.wait_for(READY)
        page.wait_for("document.querySelector('#saved').dataset.state === 'saved'")
    judgment = Judgment.objects.get()
    order = judgment.assignment.shown_order
    assert [judgment.scores[canonical] for canonical in order] == [[4, 3], [2, 1]]
    assert [judgment.ranks[canonical] for canonical in order] == [1, 2]


def test_a_click_on_a_level_leaves_the_keys_with_the_pictures(open_firefox):
    campaign, person = open_campaign(n=1)
    with open_firefox() as page:
        open_desk(page, campaign, person)
        page.click(".scale[data-position='0'] .level")
        assert page.evaluate("document.activeElement.id") == "stage"
        page.press("Tab")
        assert active(page) == "1"
        page.press("r")
        assert page.evaluate(
            "[0, 1].map((at) => document.querySelector("
            "`.scale[data-position='${at}'] input:checked`)?.value ?? null)"
        ) == ["1", "4"]


def test_a_panel_gives_the_focus_back_and_space_shows_the_source(open_firefox):
    campaign, person = open_campaign(n=1)
    with open_firefox() as page:
        open_desk(page, campaign, person)
        page.press("n")
        page.wait_for("document.activeElement.id === 'note'")
        page.press("r Escape")
        page.wait_for("document.activeElement.id === 'stage'")
        assert page.evaluate("document.querySelector('#note').value") == "r"
        assert page.evaluate("document.querySelectorAll('.level input:checked').length") == 0
        page.press("x")
        page.wait_for("document.querySelector('#stage').dataset.view === 'flicker'")


def test_forced_colours_tell_what_is_chosen(open_firefox):
    campaign, person = open_campaign(n=1)
    with open_firefox(FORCED_COLOURS) as page:
        open_desk(page, campaign, person)
        assert page.evaluate("matchMedia('(forced-colors: active)').matches")
        disabled = look(page, "#submit")
        page.press("r d w a 1")
        page.wait_for("document.querySelector('#submit').ariaDisabled === 'false'")
        assert look(page, "#submit") != disabled
        assert look(page, ".prefer[aria-pressed=true]") != look(page, ".prefer[aria-pressed=false]")
        assert look(page, ".level:has(:checked)") != look(page, ".level:not(:has(:checked))")
        assert look(page, ".pane.active")[3] != "none"
        assert look(page, ".pane.candidate:not(.active)")[3] == "none"
