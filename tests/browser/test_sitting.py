"""First visit, practice, goal of a day, pause, a broken line, and what moves on loading."""

import pytest
from playwright.sync_api import expect

from annotation.models import Assignment, Judgment
from tests.browser.desk import (
    address,
    await_pictures,
    open_campaign,
    open_desk,
    open_desk_and_next,
    press,
    shown,
)
from tests.browser.test_judging import A_WINS
from tests.factories import make_comparison, make_reference

SHIFTS = """
window.shifts = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifts += entry.value;
}).observe({ type: "layout-shift", buffered: true });
"""


def test_a_first_visit_says_how_to_work_until_it_is_read(page, sign_in):
    campaign, person = open_campaign(n=2)
    open_desk(sign_in(page, person), campaign)
    line = page.locator("#welcome")
    expect(line).to_contain_text("Letters score the outlined edit")
    page.get_by_role("button", name="Got it").click()
    expect(line).to_be_hidden()
    page.reload()
    await_pictures(page)
    expect(line).to_be_hidden()


def test_the_practice_explains_each_example_and_stores_nothing(page, sign_in):
    campaign, person = open_campaign(n=2)
    made = [make_reference(make_comparison(campaign=campaign, files=True)) for _ in range(2)]
    open_desk(sign_in(page, person), campaign)
    waiting = shown(page)
    page.get_by_role("button", name="Practise, two minutes").click()
    for number, reference in enumerate(made, 1):
        expect(page.locator("#hint")).to_contain_text(f"Practice {number} of 2")
        expect(page.locator("#instruction")).to_have_text(reference.comparison.item.instruction)
        await_pictures(page)
        press(page, f"{A_WINS} Enter")
        expect(page.locator("#explained")).to_contain_text(reference.explanation)
        page.locator("#explained").get_by_role("button", name="Go on").click()
    expect(page.locator("#instruction")).to_have_text(waiting)
    await_pictures(page)
    expect(page.locator(".level input:checked")).to_have_count(0)
    assert not Judgment.objects.exists()
    expect(page.locator("#done-today")).to_have_text("0")


def test_a_goal_is_shown_beside_the_answers_of_today(page, sign_in):
    campaign, person = open_campaign(n=2)
    person.preferences = {"daily_goal": 5}
    person.save(update_fields=["preferences"])
    open_desk(sign_in(page, person), campaign)
    expect(page.locator(".today")).to_contain_text("0 of 5 today")
    before = shown(page)
    press(page, f"{A_WINS} Enter")
    expect(page.locator("#instruction")).not_to_have_text(before)
    expect(page.locator(".today")).to_contain_text("1 of 5 today")
    assert page.locator("#progress").evaluate("(bar) => [bar.value, bar.max]") == [1, 5]


def test_a_pause_gives_the_comparisons_back_and_sums_up(page, sign_in):
    campaign, person = open_campaign(n=4)
    open_desk(sign_in(page, person), campaign)
    before = shown(page)
    press(page, f"{A_WINS} Enter")
    expect(page.locator("#instruction")).not_to_have_text(before)
    await_pictures(page)
    page.locator("#take-rest").click()
    rest = page.locator("#rest")
    expect(rest).to_contain_text("1 answer in this sitting")
    expect(rest).to_contain_text("went back to the others")
    assert not Assignment.objects.filter(state="leased").exists()
    assert Judgment.objects.count() == 1
    rest.get_by_role("button", name="Go on").click()
    await_pictures(page)
    assert Assignment.objects.filter(state="leased").exists()


def test_without_a_line_the_page_says_why_it_waits_and_shows_no_old_answer(page, sign_in):
    campaign, person = open_campaign(n=6)
    open_desk_and_next(sign_in(page, person), campaign)
    page.context.set_offline(True)
    notice = page.locator(".notice")
    for _ in range(6):
        press(page, f"{A_WINS} Enter")
        if notice.is_visible():
            break
        await_pictures(page)
    expect(notice).to_contain_text("No connection.")
    expect(page.locator(".matrix")).to_be_hidden()
    page.context.set_offline(False)
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(notice).to_be_hidden()
    expect(page.locator(".matrix")).to_be_visible()


def test_who_works_offline_has_six_comparisons_at_hand(page, sign_in):
    campaign, person = open_campaign(n=9)
    person.preferences = {"work_offline": True}
    person.save(update_fields=["preferences"])
    open_desk_and_next(sign_in(page, person), campaign)
    assert Assignment.objects.filter(state="leased").count() == 6
    page.context.set_offline(True)
    for _ in range(5):
        before = shown(page)
        press(page, f"{A_WINS} Enter")
        expect(page.locator("#instruction")).not_to_have_text(before)
        await_pictures(page)
    expect(page.get_by_text("did not load")).to_have_count(0)


def test_lossless_pictures_stay_away_from_a_slow_line_until_somebody_zooms(page, sign_in):
    campaign, person = open_campaign(n=2)
    page.add_init_script(
        "Object.defineProperty(navigator, 'connection', { value: { effectiveType: '3g',"
        " downlink: 0.4, saveData: false } })"
    )
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    open_desk(sign_in(page, person), campaign)
    page.wait_for_timeout(1_500)  # longer than a quick line waits
    assert not [url for url in asked if "/full." in url]
    with page.expect_request(lambda request: "/full." in request.url):
        press(page, "=")


def test_a_lossless_picture_on_its_way_is_stopped_when_its_comparison_is_left(page, sign_in):
    campaign, person = open_campaign(n=3)
    stopped, held = [], []
    page.on("requestfailed", lambda request: stopped.append(request.url))

    def hold(route):  # never answered
        held.append(route)

    page.route("**/full.*", hold)
    open_desk(sign_in(page, person), campaign)
    with page.expect_request(lambda request: "/full." in request.url) as asked:
        press(page, "=")
    before = shown(page)
    with page.expect_event("requestfailed", lambda request: request.url == asked.value.url):
        press(page, f"{A_WINS} Enter")
    expect(page.locator("#instruction")).not_to_have_text(before)
    await_pictures(page)
    assert asked.value.url in stopped
    for route in held:
        route.abort()


@pytest.mark.parametrize("k", [2, 4])
def test_little_moves_while_the_page_loads(open_context, sign_in, k):
    rules = {"asks_strength": True, "reason_chips": ["Faces", "Hands"]} if k == 2 else {}
    campaign, person = open_campaign(n=1, k=k, **rules)
    page = open_context(viewport={"width": 1440, "height": 900}).new_page()
    sign_in(page, person)
    page.add_init_script(SHIFTS)
    open_desk(page, campaign)
    page.wait_for_timeout(300)
    assert page.evaluate("window.shifts") <= 0.05


def test_a_phone_is_told_what_still_works(open_context, sign_in):
    campaign, person = open_campaign(n=1)
    context = open_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = sign_in(context.new_page(), person)
    page.goto(address(campaign))
    expect(page.locator(".too-small")).to_contain_text("larger screen")
    expect(page.locator("#stage")).to_be_hidden()
    expect(page.locator(".too-small").get_by_role("link", name="My judgments")).to_be_visible()
    page.get_by_role("button", name="Show it anyway").tap()
    expect(page.locator("#stage")).to_be_visible()


def test_a_window_as_narrow_as_a_phone_s_is_told_the_same(open_context, sign_in):
    campaign, person = open_campaign(n=1)
    page = sign_in(open_context(viewport={"width": 540, "height": 844}).new_page(), person)
    page.goto(address(campaign))
    expect(page.locator(".too-small")).to_contain_text("larger screen")
    page.get_by_role("button", name="Show it anyway").click()
    expect(page.locator("#stage")).to_be_visible()
