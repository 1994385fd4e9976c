"""Slow pictures, a dead server, lost leases, two tabs, full storage: humane, and nothing lost."""

import os
import signal

import pytest
from django.db import transaction
from playwright.sync_api import expect

from annotation.models import Assignment, Judgment
from annotation.queue.services.leases import lease_next
from annotation.queue.services.returns import expire_leases
from tests.browser.desk import (
    address,
    await_other_instruction,
    await_pictures,
    await_saved,
    open_campaign,
    open_desk,
    open_desk_and_next,
    press,
    shown,
)
from tests.factories import let_expire, make_member, submit

COMPLETE = "r d Tab w a 1"


def test_while_an_image_is_slow_its_pane_says_so_and_no_verdict_goes(page, sign_in):
    campaign, person = open_campaign(n=1)
    held = []

    def hold(route):
        held.append(route)

    page.route("**/1/fit.webp", hold)
    # The page's own <img> would keep its load event waiting.
    sign_in(page, person).goto(address(campaign), wait_until="commit")
    expect(page.locator("html.live")).to_be_attached()
    expect(page.locator(".view[data-state=ready]")).to_have_count(2)
    press(page, f"{COMPLETE} Enter")
    expect(page.locator("#missing")).to_contain_text("Edit B not loaded")
    assert not Judgment.objects.exists()
    for route in held:
        route.continue_()
    await_pictures(page)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="All done")).to_be_visible()
    assert Judgment.objects.get().evidence["images_loaded"] is True


def test_two_minutes_without_a_server_lose_nothing(page, sign_in, live_site):
    campaign, person = open_campaign(n=3)
    page.clock.install()
    open_desk_and_next(sign_in(page, person), campaign)
    # The process is stopped, not the wire: connections open and nothing answers.
    before = shown(page)
    workers = children_of(live_site.pid)
    for pid in workers:
        os.kill(pid, signal.SIGSTOP)
    try:
        press(page, f"{COMPLETE} Enter")
        await_other_instruction(page, before)
        page.clock.fast_forward(120_000)
        expect(page.locator("#saved")).to_contain_text("1 answer is kept")
        press(page, COMPLETE)
    finally:
        for pid in workers:
            os.kill(pid, signal.SIGCONT)
    page.clock.fast_forward(31_000)
    await_saved(page)
    page.keyboard.press("Enter")
    await_saved(page)
    assert Judgment.objects.count() == 2


def children_of(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as listed:  # noqa: PTH123
        return [int(word) for word in listed.read().split()]


def test_an_answer_after_its_lease_went_to_another_is_kept_and_counted_once(page, sign_in):
    campaign, person = open_campaign(n=1)
    open_desk(sign_in(page, person), campaign)
    lease = Assignment.objects.get()
    other = make_member(campaign)
    # In one transaction: the page asks for more by itself and would take the free slot again.
    with transaction.atomic():
        let_expire(lease)
        expire_leases(campaign=campaign)
        (taken,) = lease_next(campaign=campaign, annotator=other).assignments
        submit(taken)
    press(page, f"{COMPLETE} Enter")
    expect(page.get_by_role("heading", name="All done")).to_be_visible()
    own = Judgment.objects.get(annotator=person)
    assert own.surplus
    assert not Judgment.objects.get(annotator=other).surplus


def test_two_tabs_never_store_one_comparison_twice(page, sign_in):
    campaign, person = open_campaign(n=5)
    open_desk(sign_in(page, person), campaign)
    second = page.context.new_page()
    open_desk(second, campaign)
    page.bring_to_front()
    page.locator("#stage").focus()
    press(page, f"{COMPLETE} Enter")
    await_saved(page)
    second.bring_to_front()
    second.locator("#stage").focus()
    press(second, f"{COMPLETE} Enter")
    await_saved(second)
    stored = list(Judgment.objects.values_list("comparison", flat=True))
    assert len(stored) == len(set(stored))
    assert 1 <= len(stored) <= 2


def test_where_storage_is_full_answers_still_arrive_and_the_person_is_warned(open_context, sign_in):
    campaign, person = open_campaign(n=2)
    context = open_context()
    context.add_init_script(
        "Storage.prototype.setItem = () => {"
        " throw new DOMException('full', 'QuotaExceededError'); };"
    )
    page = context.new_page()
    open_desk_and_next(sign_in(page, person), campaign)
    before = shown(page)
    context.set_offline(True)
    press(page, f"{COMPLETE} Enter")
    await_other_instruction(page, before)
    expect(page.locator("#saved")).to_contain_text("kept in this tab only: leave it open")
    context.set_offline(False)
    await_saved(page)
    assert Judgment.objects.get().comparison.item.instruction == before


def test_back_and_forward_show_open_work_and_send_nothing_again(page, sign_in):
    campaign, person = open_campaign(n=3)
    open_desk(sign_in(page, person), campaign)
    before = shown(page)
    press(page, f"{COMPLETE} Enter")
    await_other_instruction(page, before)
    await_saved(page)
    current = shown(page)
    page.keyboard.press("r")
    page.get_by_role("link", name="My judgments").click()
    expect(page.locator("article")).to_have_count(1)
    page.go_back()
    await_pictures(page)
    assert shown(page) == current
    expect(page.locator(".level input:checked")).to_have_count(1)
    page.go_forward()
    expect(page.locator("article")).to_have_count(1)
    assert Judgment.objects.count() == 1


@pytest.mark.parametrize("ratio", [1.25, 1.5, 2])
def test_a_zoomed_browser_judges_and_says_its_pixel_ratio(ratio, open_context, sign_in):
    size = {"width": round(1280 / ratio), "height": round(800 / ratio)}
    page = open_context(viewport=size, device_scale_factor=ratio).new_page()
    campaign, person = open_campaign(n=1)
    open_desk(sign_in(page, person), campaign)
    press(page, f"{COMPLETE} Enter")
    expect(page.get_by_role("heading", name="All done")).to_be_visible()
    assert Judgment.objects.get().evidence["device_pixel_ratio"] == ratio


def test_a_screen_reader_is_told_what_is_shown_chosen_and_left(page, sign_in):
    campaign, person = open_campaign(n=2)
    open_desk(sign_in(page, person), campaign)
    tree = page.locator("main").aria_snapshot()
    for words in (
        f'heading "{shown(page)}" [level=1]',
        'img "Source"',
        'img "Edit A"',
        'img "Edit B"',
        'group "Edit A: Instruction following"',
        'button "A is better',
        'radio "Tie, both good',
        'button "Submit',
    ):
        assert words in tree, tree
    before = shown(page)
    page.keyboard.press("Enter")
    said = page.locator("#announce")
    expect(said).to_contain_text("Not submitted. Missing: A scores, B scores, overall")
    press(page, f"{COMPLETE} Enter")
    await_other_instruction(page, before)
    expect(said).to_contain_text(shown(page))
    expect(page.get_by_role("status").filter(has_text="Saved")).to_be_visible()
