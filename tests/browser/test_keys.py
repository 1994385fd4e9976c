"""Keys of one's own: remapped, refused, switched off, named by layout."""

import pytest
from playwright.sync_api import expect

from annotation.models import User
from tests.browser.desk import await_pictures, open_campaign, open_desk, press

AZERTY = """
const map = new Map([["KeyQ", "a"], ["KeyW", "z"], ["KeyA", "q"], ["KeyZ", "w"]]);
Object.defineProperty(navigator, "keyboard", { value: { getLayoutMap: async () => map } });
"""


def hint(page, action):
    return page.locator(f"kbd[data-action='{action}']").first


def change_key(page, action, key):
    page.keyboard.press("Shift+?")
    page.locator(f"[data-key='{action}']").click()
    page.keyboard.press(key)


@pytest.fixture
def desk(page, sign_in):
    campaign, person = open_campaign(n=1)
    open_desk(sign_in(page, person), campaign)
    return page, person


def test_a_changed_key_works_at_once_and_after_a_reload_and_shows_on_its_control(desk):
    page, person = desk
    change_key(page, "flicker", "\\")
    expect(page.locator("#keys-message")).to_contain_text("\\: Flicker")
    page.keyboard.press("Escape")
    expect(hint(page, "flicker")).to_have_text("\\")
    press(page, "x")
    assert page.locator("#stage").get_attribute("data-view") == "side"
    press(page, "\\")
    assert page.locator("#stage").get_attribute("data-view") == "flicker"
    person.refresh_from_db()
    assert person.preferences["keys"] == {"flicker": "Backslash"}
    page.reload()
    await_pictures(page)
    press(page, "\\")
    assert page.locator("#stage").get_attribute("data-view") == "flicker"


def test_a_key_that_is_taken_or_fixed_is_refused_in_words(desk):
    page, person = desk
    change_key(page, "flicker", "v")
    expect(page.locator("#keys-message")).to_contain_text("V is the key of “Next view”")
    page.locator("[data-key='flicker']").click()
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#keys-message")).to_contain_text("keeps its meaning")
    expect(page.locator("[data-key='flicker']")).to_have_text("X")
    person.refresh_from_db()
    assert person.preferences == {}


def test_all_keys_go_back_to_what_they_were_at_first(desk):
    page, person = desk
    change_key(page, "flicker", "\\")
    with page.expect_response(lambda one: one.request.post_data_json.get("keys") == {}):
        page.get_by_role("button", name="All keys as at first").click()
    expect(page.locator("[data-key='flicker']")).to_have_text("X")
    person.refresh_from_db()
    assert person.preferences["keys"] == {}


def test_single_keys_can_be_switched_off_and_their_hints_go(desk):
    page, _ = desk
    page.keyboard.press("Shift+?")
    page.get_by_label("Single keys are shortcuts").uncheck()
    page.keyboard.press("Escape")
    press(page, "r x g")
    expect(page.locator(".level input:checked")).to_have_count(0)
    assert page.locator("#stage").get_attribute("data-view") == "side"
    expect(hint(page, "flicker")).to_be_hidden()
    page.keyboard.press("Shift+?")
    expect(page.locator("#help")).to_be_visible()


def test_a_preference_that_could_not_be_sent_is_kept_and_sent_later(desk):
    page, person = desk
    page.context.set_offline(True)
    change_key(page, "flicker", "\\")
    expect(page.locator("#keys-message")).to_contain_text("Kept in this browser")
    page.context.set_offline(False)
    with page.expect_response(lambda one: (one.request.post_data or "").startswith('{"keys"')):
        page.reload()
    await_pictures(page)
    expect(hint(page, "flicker")).to_have_text("\\")
    assert User.objects.get(pk=person.pk).preferences["keys"] == {"flicker": "Backslash"}


def test_keys_are_places_and_named_by_the_layout(page, sign_in):
    page.add_init_script(AZERTY)
    campaign, person = open_campaign(n=1)
    open_desk(sign_in(page, person), campaign)
    expect(hint(page, "score-1-1")).to_have_text("A")
    expect(hint(page, "score-2-1")).to_have_text("Q")
    expect(hint(page, "full")).to_have_text("W")


def test_the_number_pad_ranks_too(desk):
    page, _ = desk
    page.evaluate(
        "document.dispatchEvent(new KeyboardEvent('keydown', { code: 'Numpad2', key: '2' }))"
    )
    expect(page.get_by_role("button", name="B is better")).to_have_attribute("aria-pressed", "true")


def test_a_pause_is_suggested_after_a_long_stretch_and_can_be_sent_away(page, sign_in):
    page.clock.install()
    campaign, person = open_campaign(n=1)
    open_desk(sign_in(page, person), campaign)
    for _ in range(26):
        page.clock.run_for(120_000)
        page.mouse.move(400 + _, 300)
    line = page.locator("#pause")
    expect(line).to_contain_text("without a pause")
    line.get_by_role("button", name="Later").click()
    expect(line).to_be_hidden()


def test_a_key_chosen_before_an_action_had_it_keeps_the_choice(page, sign_in):
    campaign, person = open_campaign(n=1)
    person.preferences = {"keys": {"flicker": "KeyP"}}
    person.save(update_fields=["preferences"])
    open_desk(sign_in(page, person), campaign)
    press(page, "p")
    assert page.locator("#stage").get_attribute("data-view") == "flicker"
    expect(page.locator("#dock")).to_be_visible()
    expect(hint(page, "alone")).to_be_empty()
