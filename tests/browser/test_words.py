"""Every word on the annotators' pages comes from a catalogue of translations."""

import pytest
from playwright.sync_api import expect

from tests.browser.desk import address, await_pictures, await_saved, open_campaign, press, shown
from tests.browser.words import MARK_SCRIPTS, unmarked
from tests.factories import make_assignment, make_campaign, make_member, submit
from tests.live import process_environment, served

COMPLETE = "r d Tab w a 1"


@pytest.fixture(scope="module")
def marked_server(gunicorn, django_db_blocker, tmp_path_factory):
    """Start the site in a language that marks every message, beside the usual one."""
    folder = tmp_path_factory.mktemp("marked")
    with django_db_blocker.unblock():
        environment = process_environment(gunicorn.media_root)
    environment["DJANGO_SETTINGS_MODULE"] = "tests.browser.pseudo_settings"
    with served(folder, gunicorn.media_root, environment) as site:
        yield site


@pytest.fixture
def marked_page(marked_server, open_context):
    context = open_context(base_url=marked_server.url)
    context.add_init_script(MARK_SCRIPTS)
    return context.new_page()


def visit(page, sign_in, **columns):
    campaign, person = open_campaign(**{"revise_minutes": 60} | columns)
    sign_in(page, person).goto(address(campaign))
    await_pictures(page)
    return campaign, person


@pytest.mark.parametrize("k", [2, 3])
def test_the_judging_page_at_work_is_translatable(k, marked_page, sign_in):
    campaign, _ = visit(marked_page, sign_in, n=3, k=k, asks_strength=True)
    expect(marked_page.get_by_text("⟦Side by side⟧")).to_be_visible()
    assert unmarked(marked_page, campaign) == []
    press(marked_page, "r d Tab w a 1")
    assert unmarked(marked_page, campaign) == []
    press(marked_page, "0")
    assert unmarked(marked_page, campaign) == []


@pytest.mark.parametrize("key", ["k", "j", "n", "m", "h", "Shift+?"])
def test_what_a_key_opens_is_translatable(key, marked_page, sign_in):
    campaign, _ = visit(marked_page, sign_in, n=1)
    marked_page.keyboard.press(key)
    expect(marked_page.locator("details[open], dialog[open]").first).to_be_visible()
    assert unmarked(marked_page, campaign) == []


@pytest.mark.parametrize("tool", ["flicker", "wipe", "overlay", "difference", "full"])
def test_every_view_is_translatable(tool, marked_page, sign_in):
    campaign, _ = visit(marked_page, sign_in, n=1)
    marked_page.locator(f"[data-tool={tool}]").click()
    assert unmarked(marked_page, campaign) == []


def test_remarks_of_an_answer_are_translatable(marked_page, sign_in):
    page = marked_page
    campaign, _ = visit(page, sign_in, n=3)
    page.keyboard.press("Enter")
    assert unmarked(page, campaign) == []
    page.context.set_offline(True)
    before = shown(page)
    press(page, f"{COMPLETE} Enter")
    expect(page.locator("#instruction")).not_to_have_text(before)
    expect(page.locator("#saved")).to_have_attribute("data-state", "kept")
    assert unmarked(page, campaign) == []
    page.context.set_offline(False)
    await_saved(page)
    assert unmarked(page, campaign) == []
    page.context.clear_cookies(name="sessionid")
    await_pictures(page)
    press(page, f"{COMPLETE} Enter")
    expect(page.locator("#saved button")).to_be_visible()
    assert unmarked(page, campaign) == []


def test_an_image_that_fails_is_told_in_translatable_words(marked_page, sign_in):
    page = marked_page
    campaign, person = open_campaign(n=1)
    page.route("**/0/fit.webp", lambda route: route.fulfill(status=404, body=""))
    sign_in(page, person).goto(address(campaign))
    expect(page.locator(".view[data-state=failed]")).to_have_count(1)
    assert unmarked(page, campaign) == []


@pytest.mark.parametrize("state", ["paused", "live", "closed"])
def test_pages_without_work_are_translatable(state, marked_page, sign_in):
    campaign = make_campaign(state=state)
    sign_in(marked_page, make_member(campaign)).goto(address(campaign))
    expect(marked_page.locator(".empty")).to_be_visible()
    assert unmarked(marked_page, campaign) == []


def test_own_answers_and_changing_one_are_translatable(marked_page, sign_in):
    page = marked_page
    campaign, person = open_campaign(n=1, revise_minutes=60)
    comparison = campaign.comparisons.get()
    sign_in(page, person).goto(f"/c/{campaign.slug}/mine/")
    assert unmarked(page, campaign) == []
    submit(make_assignment(comparison, person, slot=1))
    page.reload()
    expect(page.locator("article")).to_have_count(1)
    assert unmarked(page, campaign) == []
    page.locator("article .button").click()
    expect(page.locator("#bench")).to_be_visible()
    assert unmarked(page, campaign) == []


def test_a_planted_string_is_found_wherever_it_stands(marked_page, sign_in):
    page = marked_page
    campaign, _ = visit(page, sign_in, n=1)
    page.evaluate("""() => {
        const plain = Object.assign(document.createElement("p"), { textContent: "⟦Half⟧ planted" });
        plain.title = "Planted title";
        document.getElementById("dock").append(plain);
        document.getElementById("submit").setAttribute("aria-label", "Planted label");
    }""")
    found = " ".join(unmarked(page, campaign))
    for words in ("⟦Half⟧ planted", "Planted title", "Planted label"):
        assert words in found


def test_an_arabic_instruction_reads_from_the_right_and_mirrors_nothing_else(page, sign_in):
    text = "اجعل السماء خضراء."
    campaign, person = open_campaign(n=1)
    campaign.items.update(instruction=text, language="ar")
    sign_in(page, person).goto(address(campaign))
    await_pictures(page)
    instruction = page.locator("#instruction")
    assert instruction.evaluate("one => getComputedStyle(one).direction") == "rtl"
    assert instruction.get_attribute("lang") == "ar"
    assert page.locator("#stage").evaluate("one => getComputedStyle(one).direction") == "ltr"
    a, b = (page.locator(f".candidate[data-position='{n}']").bounding_box()["x"] for n in (0, 1))
    assert a < b


def test_a_mirrored_page_keeps_the_pictures_and_letters_where_they_are(page, sign_in):
    campaign, person = open_campaign(n=1)
    sign_in(page, person).goto(address(campaign))
    await_pictures(page)
    page.evaluate("document.documentElement.dir = 'rtl'")
    places = [page.locator(".pane.source")]
    places += [page.locator(f".candidate[data-position='{n}']") for n in (0, 1)]
    lefts = [place.bounding_box()["x"] for place in places]
    assert lefts == sorted(lefts)
    scales = [page.locator(f".scale[data-position='{n}']").first for n in (0, 1)]
    assert scales[0].bounding_box()["x"] < scales[1].bounding_box()["x"]
