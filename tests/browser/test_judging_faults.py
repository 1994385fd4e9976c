"""Nothing acknowledged is lost or doubled, whatever happens between browser and server."""

import re
import time

from django.db.models import F
from django.db.models.functions import Now
from playwright.sync_api import expect

from annotation.judging.services.judgments import read_answer, submit_judgment
from annotation.models import Assignment, Judgment
from tests.browser.desk import (
    await_other_instruction,
    await_pictures,
    await_saved,
    open_campaign,
    open_desk,
    open_desk_and_next,
    press,
    shown,
)
from tests.factories import answer_data

COMPLETE = "r d Tab w a 1"
JUDGMENT = re.compile(r"/judgment/$")


def test_enter_pressed_twice_stores_one_answer(page, sign_in):
    campaign, person = open_campaign(n=2)
    open_desk(sign_in(page, person), campaign)
    before = shown(page)
    press(page, COMPLETE)
    page.evaluate(
        """() => {
          const stage = document.getElementById("stage");
          const enter = () => new KeyboardEvent("keydown", {
            key: "Enter", code: "Enter", bubbles: true, cancelable: true });
          stage.dispatchEvent(enter());
          stage.dispatchEvent(enter());
          document.getElementById("submit").click();
        }"""
    )
    await_other_instruction(page, before)
    await_saved(page)
    judgment = Judgment.objects.get()
    assert judgment.comparison.item.instruction == before
    assert Assignment.objects.get(state="leased").comparison.item.instruction == shown(page)


def test_answers_given_offline_are_delivered_once_when_the_network_is_back(page, sign_in):
    campaign, person = open_campaign(n=3)
    open_desk_and_next(sign_in(page, person), campaign)
    page.context.set_offline(True)
    before = shown(page)
    press(page, f"{COMPLETE} Enter")
    await_other_instruction(page, before)
    expect(page.locator("#saved")).to_contain_text("Offline: 1 answer is kept in this browser")
    assert not Judgment.objects.exists()
    press(page, f"{COMPLETE} Enter")
    expect(page.locator("#saved")).to_contain_text("2 answers are kept")
    page.context.set_offline(False)
    await_saved(page)
    await_pictures(page)
    assert Judgment.objects.count() == 2
    assert Assignment.objects.filter(state="submitted").count() == 2


def test_an_answer_whose_receipt_got_lost_is_stored_once(page, sign_in):
    campaign, person = open_campaign(n=2)
    open_desk(sign_in(page, person), campaign)
    lost = []

    def lose_the_first(route):
        if lost:
            route.continue_()
            return
        lost.append(route.fetch().status)
        route.abort()

    page.route(JUDGMENT, lose_the_first)
    with page.expect_response(JUDGMENT) as second:
        press(page, f"{COMPLETE} Enter")
    assert (lost, second.value.status) == ([201], 200)
    await_saved(page)
    assert Judgment.objects.count() == 1


def test_an_answer_waits_through_a_server_that_is_down_and_a_reload(page, sign_in):
    campaign, person = open_campaign(n=2)
    open_desk(sign_in(page, person), campaign)
    before = shown(page)
    page.route(JUDGMENT, lambda route: route.fulfill(status=503, body="down"))
    press(page, f"{COMPLETE} Enter")
    expect(page.locator("#saved")).to_contain_text("1 answer is kept")
    assert not Judgment.objects.exists()
    page.unroute(JUDGMENT)
    page.reload()
    await_other_instruction(page, before)
    await_saved(page)
    assert Judgment.objects.get().comparison.item.instruction == before


def test_a_draft_survives_a_reload(page, sign_in):
    campaign, person = open_campaign(n=1)
    open_desk(sign_in(page, person), campaign)
    press(page, "r d Tab w 2 n")
    page.keyboard.type("nearly")
    page.reload()
    await_pictures(page)
    checked = page.locator(".level input:checked")
    assert [one.input_value() for one in checked.all()] == ["4", "2", "3"]
    expect(page.get_by_role("button", name="B is better")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#note")).to_have_value("nearly")
    press(page, "a Enter Enter")
    expect(page.get_by_role("heading", name="All done")).to_be_visible()
    assert Judgment.objects.get().note == "nearly"


def test_an_answer_after_signing_out_is_kept_and_stored_after_signing_in(page, sign_in):
    campaign, person = open_campaign(n=2)
    open_desk(sign_in(page, person), campaign)
    before = shown(page)
    page.context.clear_cookies(name="sessionid")
    press(page, f"{COMPLETE} Enter")
    expect(page.locator("#saved")).to_contain_text("Signed out: 1 answer is kept")
    expect(page.get_by_text("You have been signed out.")).to_be_visible()
    assert not Judgment.objects.exists()
    sign_in(page, person)
    page.reload()
    await_other_instruction(page, before)
    await_saved(page)
    assert Judgment.objects.get().annotator == person


def test_an_answer_from_another_tab_stands_and_the_person_is_told(page, sign_in):
    campaign, person = open_campaign(n=2)
    open_desk(sign_in(page, person), campaign)
    before = shown(page)
    assignment = Assignment.objects.get(comparison__item__instruction=before)
    answer = read_answer(assignment, answer_data())
    first = submit_judgment(
        assignment_public_id=assignment.public_id, annotator=person, answer=answer
    ).judgment
    press(page, f"{COMPLETE} Enter")
    await_other_instruction(page, before)
    expect(page.locator(".toast")).to_contain_text("One answer was not taken")
    await_saved(page)
    assert Judgment.objects.get() == first


def test_a_verdict_on_an_image_that_has_not_loaded_is_refused(page, sign_in):
    campaign, person = open_campaign(n=1)
    first_edit = re.compile(r"/0/fit\.webp$")
    page.route(first_edit, lambda route: route.abort())
    sign_in(page, person).goto(f"/c/{campaign.slug}/judge/")
    expect(page.get_by_text("This image did not load.")).to_be_visible()
    press(page, f"{COMPLETE} Enter")
    expect(page.locator("#missing")).to_have_text("Missing: Edit A not loaded")
    assert not Judgment.objects.exists()
    page.unroute(first_edit)
    page.get_by_role("button", name="Try again").click()
    await_pictures_without_focus(page)
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_role("heading", name="All done")).to_be_visible()
    assert Judgment.objects.get().evidence["images_loaded"] is True


def await_true(question, seconds=60):
    deadline = time.monotonic() + seconds
    while not question() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert question()


def await_pictures_without_focus(page):
    expect(page.locator(".view[data-state=ready]")).to_have_count(3)


def test_where_storage_is_forbidden_answers_still_arrive(open_context, sign_in):
    campaign, person = open_campaign(n=1)
    context = open_context()
    context.add_init_script(
        "Object.defineProperty(window, 'localStorage', { get() { throw new Error('no'); } })"
    )
    page = context.new_page()
    open_desk(sign_in(page, person), campaign)
    press(page, f"{COMPLETE} Enter")
    expect(page.get_by_role("heading", name="All done")).to_be_visible()
    assert Judgment.objects.count() == 1


def test_a_closed_tab_gives_its_work_back_soon_and_a_reload_keeps_it(page, sign_in):
    campaign, person = open_campaign(n=4)
    desk = sign_in(page, person)
    open_desk(desk, campaign)
    desk.wait_for_load_state("networkidle")
    full = campaign.lease_minutes * 60

    def seconds_left():
        leases = Assignment.objects.filter(state="leased").annotate(left=F("expires_at") - Now())
        return sorted(lease.left.total_seconds() for lease in leases)

    before = shown(desk)
    desk.reload()
    await_pictures(desk)
    desk.wait_for_load_state("networkidle")
    assert shown(desk) == before
    assert len(seconds_left()) >= 2
    await_true(lambda: seconds_left()[0] > full - 60)
    desk.close()
    await_true(lambda: seconds_left()[-1] <= 150)
