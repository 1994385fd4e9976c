"""Judging by keyboard, in a real browser on the real server."""

from playwright.sync_api import expect

from annotation.models import Assignment, Judgment
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

# Edit A: 4 and 3; edit B: 2 and 1; A is better.
A_WINS = "r d Tab w a 1"


def by_position(judgment, canonical):
    """Return a canonical list in the order in which it was shown."""
    return [canonical[index] for index in judgment.assignment.shown_order]


def test_answers_by_keyboard_are_stored_in_canonical_order(page, sign_in):
    campaign, person = open_campaign(n=6)
    open_desk(sign_in(page, person), campaign)
    for left in range(5, -1, -1):
        before = shown(page)
        press(page, A_WINS)
        page.keyboard.press("Enter")
        if left:
            await_other_instruction(page, before)
    expect(page.get_by_role("heading", name="All done")).to_be_visible()
    judgments = Judgment.objects.select_related("assignment")
    assert judgments.count() == 6
    for judgment in judgments:
        assert by_position(judgment, judgment.scores) == [[4, 3], [2, 1]]
        assert by_position(judgment, judgment.ranks) == [1, 2]
        assert judgment.tie_kind is None
        assert judgment.active_ms > 0
        assert judgment.evidence["images_loaded"] is True
    # Both sides were served, so the mapping was tried both ways.
    assert {tuple(j.assignment.shown_order) for j in judgments} == {(0, 1), (1, 0)}


def test_three_edits_are_ranked_by_pressing_their_numbers_best_first(page, sign_in):
    campaign, person = open_campaign(n=1, k=3)
    open_desk(sign_in(page, person), campaign)
    press(page, "q a ] w s ] e d 3 1 Shift+Digit2 Enter")
    expect(page.get_by_role("heading", name="All done")).to_be_visible()
    judgment = Judgment.objects.get()
    assert by_position(judgment, judgment.ranks) == [2, 2, 1]
    assert by_position(judgment, judgment.scores) == [[1, 1], [2, 2], [3, 3]]


def test_a_tie_says_whether_all_are_good_or_bad(page, sign_in):
    campaign, person = open_campaign(n=1)
    open_desk(sign_in(page, person), campaign)
    press(page, "q a Tab q a 0 9 Enter")
    expect(page.get_by_role("heading", name="All done")).to_be_visible()
    judgment = Judgment.objects.get()
    assert (judgment.ranks, judgment.tie_kind) == ([1, 1], "bad")


def test_an_incomplete_answer_is_not_sent_and_says_what_is_left(page, sign_in):
    campaign, person = open_campaign(n=1)
    open_desk(sign_in(page, person), campaign)
    press(page, "r d Tab w Enter")
    expect(page.locator("#missing")).to_have_text("Missing: B visual quality · overall")
    expect(page.locator(".pane.active")).to_have_attribute("data-position", "1")
    assert not Judgment.objects.exists()
    assert Assignment.objects.get().state == "leased"


def test_a_note_and_cannot_judge_go_without_scores(page, sign_in):
    campaign, person = open_campaign(n=1)
    open_desk(sign_in(page, person), campaign)
    page.keyboard.press("n")
    page.keyboard.type("the sky is cut off", delay=1)
    press(page, "Escape j 2 Enter Enter")
    expect(page.get_by_role("heading", name="All done")).to_be_visible()
    judgment = Judgment.objects.get()
    assert judgment.cannot_judge == "The instruction makes no sense"
    assert judgment.note == "the sky is cut off"
    assert judgment.scores is None


def test_skipping_needs_a_reason_and_shows_the_next(page, sign_in):
    campaign, person = open_campaign(n=2)
    open_desk(sign_in(page, person), campaign)
    before = shown(page)
    press(page, "k Enter")
    expect(page.locator("#skip-panel")).to_have_attribute("open", "")
    press(page, "2 Enter")
    await_other_instruction(page, before)
    await_saved(page)
    skipped = Assignment.objects.get(state="skipped")
    assert skipped.skip_reason == "It is outside what I can judge"
    assert skipped.comparison.item.instruction == before
    assert not Judgment.objects.exists()


def test_letters_typed_into_the_note_score_nothing(page, sign_in):
    campaign, person = open_campaign(n=1)
    open_desk(sign_in(page, person), campaign)
    page.keyboard.press("n")
    page.keyboard.type("qwer asdf 1290 zck", delay=1)
    expect(page.locator("#note")).to_have_value("qwer asdf 1290 zck")
    expect(page.locator(".level input:checked")).to_have_count(0)
    expect(page.locator(".prefer[aria-pressed=true]")).to_have_count(0)


def test_the_mouse_does_what_the_keys_do(page, sign_in):
    campaign, person = open_campaign(n=1)
    open_desk(sign_in(page, person), campaign)
    for position, row, value in [(0, 0, 4), (0, 1, 3), (1, 0, 2), (1, 1, 1)]:
        scale = page.locator(f".scale[data-position='{position}'][data-row='{row}']")
        scale.locator(f".level:has(input[value='{value}'])").click()
    page.get_by_role("button", name="A is better").click()
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_role("heading", name="All done")).to_be_visible()
    judgment = Judgment.objects.get()
    assert by_position(judgment, judgment.scores) == [[4, 3], [2, 1]]
    assert by_position(judgment, judgment.ranks) == [1, 2]


def test_the_next_comparison_is_decoded_before_it_is_asked_for(page, sign_in):
    campaign, person = open_campaign(n=2)
    open_desk_and_next(sign_in(page, person), campaign)
    page.context.set_offline(True)
    before = shown(page)
    press(page, f"{A_WINS} Enter")
    await_other_instruction(page, before)
    expect(page.get_by_text("did not load")).to_have_count(0)


def test_every_reason_for_no_work_has_its_own_page(page, sign_in):
    campaign, person = open_campaign(n=1, state="paused")
    sign_in(page, person).goto(address(campaign))
    expect(page.get_by_role("heading", name="Paused")).to_be_visible()
    type(campaign).objects.filter(pk=campaign.pk).update(state="live")
    page.reload()
    await_pictures(page)
