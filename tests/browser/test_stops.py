"""A lead pauses or closes while somebody judges: nothing is lost, and the page says what counts."""

import pytest
from playwright.sync_api import expect

from annotation.campaigns.services import change_state
from annotation.models import Judgment
from annotation.people.services import pause_annotator
from tests.browser.desk import (
    address,
    await_other_instruction,
    open_campaign,
    open_desk_and_next,
    press,
)
from tests.browser.desk import shown as instruction
from tests.browser.test_judging import A_WINS


def pause(campaign, person):
    pause_annotator(campaign=campaign, user=person, reason="Holiday.", actor=None)


def close(campaign, person):
    change_state(campaign=campaign, state="closed", actor=None)


@pytest.mark.parametrize(
    ("stop", "why", "heading"),
    [(pause, "A lead has paused your work here.", "Paused"), (close, "is closed.", "All done")],
)
def test_an_answer_after_a_stop_is_kept_and_the_page_says_that_it_does_not_count(
    page, sign_in, stop, why, heading
):
    campaign, person = open_campaign(n=5)
    open_desk_and_next(sign_in(page, person), campaign)
    stop(campaign, person)
    before = instruction(page)
    press(page, f"{A_WINS} Enter")
    toast = page.locator(".toast", has_text="does not count")
    expect(toast).to_contain_text(why)
    await_other_instruction(page, before)
    # What was shown meanwhile may be answered as well; what nobody had seen is not offered.
    press(page, f"{A_WINS} Enter")
    expect(page.get_by_role("heading", name=heading)).to_be_visible()
    expect(page.locator(".callout.warn")).to_contain_text("2 answers came after that.")
    assert [one.surplus for one in Judgment.objects.all()] == [True, True]
    page.reload()
    expect(page.get_by_role("heading", name=heading)).to_be_visible()
    assert page.url.endswith(address(campaign))
