"""What an answer says beyond scores and verdict, going back, and keys of one's own."""

import pytest
from playwright.sync_api import expect

from annotation.models import Campaign, Item, ItemReport, Judgment, User
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
from tests.browser.light_table import next_frame
from tests.factories import make_comparison, make_reference

A_WINS = "r d Tab w a 1"


def by_position(judgment, canonical):
    return [canonical[index] for index in judgment.assignment.shown_order]


def all_done(page):
    expect(page.get_by_role("heading", name="All done")).to_be_visible()


def centre(locator):
    box = locator.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def drag(page, start, end):
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(*end, steps=5)
    page.mouse.up()


def test_a_verdict_against_the_scores_is_asked_about_once_and_then_taken(page, sign_in):
    campaign, person = open_campaign(n=1)
    open_desk(sign_in(page, person), campaign)
    press(page, "r d Tab w a 2 Enter")
    question = page.locator("#missing.asking")
    expect(question).to_have_text(
        "A has the higher scores, B the better rank. Submit again if you mean it."
    )
    expect(page.locator("#announce")).to_have_text(question.inner_text())
    assert not Judgment.objects.exists()
    page.keyboard.press("Enter")
    all_done(page)
    judgment = Judgment.objects.get()
    assert by_position(judgment, judgment.ranks) == [2, 1]
    assert judgment.evidence["conflict_confirmed"] is True


def test_a_verdict_mended_after_the_question_goes_without_another(page, sign_in):
    campaign, person = open_campaign(n=1)
    open_desk(sign_in(page, person), campaign)
    press(page, "r d Tab w a 2 Enter 1 Enter")
    all_done(page)
    assert Judgment.objects.get().evidence["conflict_confirmed"] is False


def test_what_failed_is_chosen_by_key_and_by_mouse_and_kept_in_canonical_order(page, sign_in):
    campaign, person = open_campaign(n=1)
    open_desk(sign_in(page, person), campaign)
    press(page, A_WINS)
    press(page, "Shift+q g [")
    page.locator(".flag[data-position='0'][data-dimension='visual_quality']").first.click()
    expect(page.locator(".flag[aria-pressed=true]")).to_have_count(2)
    press(page, "Enter")
    all_done(page)
    judgment = Judgment.objects.select_related("assignment").get()
    flags = judgment.remarks["flags"]
    assert by_position(judgment, flags["instruction_following"]) == [[], [0]]
    assert by_position(judgment, flags["visual_quality"]) == [[0], []]
    assert judgment.remarks["flagged"] is True


def test_strength_and_reasons_are_offered_where_the_campaign_asks(page, sign_in):
    campaign, person = open_campaign(n=1, asks_strength=True, reason_chips=["Faces", "Colours"])
    open_desk(sign_in(page, person), campaign)
    press(page, f"{A_WINS} 1")
    expect(page.get_by_role("button", name="A is clearly better")).to_be_visible()
    page.get_by_role("button", name="much").click()
    page.get_by_role("button", name="Faces").click()
    expect(page.locator("#stage")).to_be_focused()
    press(page, "Enter")
    all_done(page)
    assert Judgment.objects.get().remarks == {"strength": 3, "reasons": ["Faces"]}


def test_a_defect_is_drawn_on_an_edit_and_named(page, sign_in):
    campaign, person = open_campaign(n=1)
    open_desk(sign_in(page, person), campaign)
    press(page, "m")
    picture = page.locator("[data-pane='1'] canvas").first.bounding_box()
    x, y, width, height = (picture[side] for side in ("x", "y", "width", "height"))
    drag(page, (x + width * 0.25, y + height * 0.25), (x + width * 0.75, y + height * 0.5))
    expect(page.locator("[data-pane='1'] .marks rect")).to_have_count(1)
    page.get_by_label("What failed", exact=True).select_option(index=1)
    page.keyboard.press("Escape")
    press(page, f"[ {A_WINS} Enter")
    all_done(page)
    judgment = Judgment.objects.select_related("assignment").get()
    (defect,) = judgment.remarks["defects"]
    assert judgment.assignment.shown_order[1] == defect["candidate"]
    assert defect["box"] == pytest.approx([0.25, 0.25, 0.5, 0.25], abs=0.02)
    assert (defect["dimension"], defect["criterion"]) == ("instruction_following", 0)


def test_a_defect_needs_no_mouse(page, sign_in):
    campaign, person = open_campaign(n=1)
    open_desk(sign_in(page, person), campaign)
    press(page, "] m Enter ArrowRight Shift+ArrowDown Escape")
    press(page, "[ r d Tab w a 1 Enter")
    all_done(page)
    (defect,) = Judgment.objects.get().remarks["defects"]
    assert defect["box"] == pytest.approx([0.41, 0.4, 0.2, 0.21])


def test_ranks_are_dragged_onto_and_between_the_steps(page, sign_in):
    campaign, person = open_campaign(n=1, k=3)
    open_desk(sign_in(page, person), campaign)
    ranks = page.locator("#rank-drag")

    def piece(letter):
        return centre(ranks.locator(".piece", has_text=letter))

    drag(page, piece("C"), centre(ranks.locator(".gap").first))
    drag(page, piece("A"), centre(ranks.locator(".step").first))
    expect(page.locator(".pane.p1 [data-place]")).to_have_text("1st, shared")
    expect(page.locator(".pane.p2 [data-place]")).to_have_text("2nd")
    press(page, "r d ] q a ] r d Enter")
    all_done(page)
    judgment = Judgment.objects.select_related("assignment").get()
    assert by_position(judgment, judgment.ranks) == [1, 2, 1]


def test_undo_opens_the_answer_before_and_a_change_replaces_it(page, sign_in):
    campaign, person = open_campaign(n=2)
    open_desk(sign_in(page, person), campaign)
    first = shown(page)
    press(page, f"{A_WINS} Enter")
    await_other_instruction(page, first)
    await_saved(page)
    second = shown(page)
    press(page, "r q")
    page.keyboard.press("Backspace")
    await_other_instruction(page, second)
    assert shown(page) == first
    expect(page.locator("#hint")).to_contain_text("An earlier answer is open.")
    press(page, "q ] r f 2 Enter")
    await_other_instruction(page, first)
    assert shown(page) == second
    expect(page.locator(".level input:checked")).to_have_count(1)
    await_saved(page)
    old, new = Judgment.objects.order_by("id").select_related("assignment")
    assert new.supersedes_id == old.pk
    assert by_position(new, new.ranks) == [2, 1]
    assert Judgment.objects.in_force().count() == 1


def test_undo_works_after_a_reload_and_leaving_it_changes_nothing(page, sign_in):
    campaign, person = open_campaign(n=2)
    open_desk(sign_in(page, person), campaign)
    first = shown(page)
    press(page, f"{A_WINS} Enter")
    await_other_instruction(page, first)
    await_saved(page)
    page.reload()
    await_pictures(page)
    second = shown(page)
    page.get_by_role("button", name="Undo").click()
    await_other_instruction(page, second)
    page.get_by_role("button", name="Leave it as it was").click()
    await_other_instruction(page, first)
    assert Judgment.objects.count() == 1


def test_an_answer_changed_while_offline_counts_once_as_it_was_changed(page, sign_in):
    campaign, person = open_campaign(n=3)
    open_desk_and_next(sign_in(page, person), campaign)
    page.context.set_offline(True)
    first = shown(page)
    press(page, f"{A_WINS} Enter")
    await_other_instruction(page, first)
    second = shown(page)
    page.keyboard.press("Backspace")
    await_other_instruction(page, second)
    press(page, "q ] r 2 Enter")
    await_other_instruction(page, first)
    page.context.set_offline(False)
    await_saved(page)
    judgment = Judgment.objects.in_force().select_related("assignment").get()
    assert by_position(judgment, judgment.ranks) == [2, 1]


def test_undo_says_so_where_answers_cannot_be_changed(page, sign_in):
    campaign, person = open_campaign(n=2, revise_minutes=0)
    open_desk(sign_in(page, person), campaign)
    first = shown(page)
    press(page, f"{A_WINS} Enter")
    await_other_instruction(page, first)
    await_saved(page)
    page.keyboard.press("Backspace")
    expect(page.get_by_text("does not let answers be changed")).to_be_visible()


def test_an_answer_given_in_one_tab_moves_the_other_on(page, sign_in):
    campaign, person = open_campaign(n=2)
    open_desk(sign_in(page, person), campaign)
    other = page.context.new_page()
    open_desk(other, campaign)
    first = shown(page)
    assert shown(other) == first
    press(page, f"{A_WINS} Enter")
    await_other_instruction(page, first)
    expect(other.get_by_text("You answered this one in another tab.")).to_be_visible()
    expect(other.locator("#instruction")).not_to_have_text(first)
    assert Judgment.objects.count() == 1


def test_a_training_answer_is_explained_before_the_next_comparison(page, sign_in):
    campaign, person = open_campaign(n=1, lane_plan=["training"] * 39 + ["random"] * 11)
    comparison = make_comparison(campaign=campaign, files=True)
    make_reference(comparison, use="training", explanation="The sky had to be green.")
    open_desk(sign_in(page, person), campaign)
    first = shown(page)
    press(page, f"{A_WINS} Enter")
    lesson = page.locator("#explained")
    expect(lesson).to_contain_text("The sky had to be green.")
    expect(page.locator("#instruction")).to_have_text(first)
    expect(lesson.locator("tr")).to_have_count(6)
    page.keyboard.press("Enter")
    expect(lesson).to_be_hidden()
    expect(page.locator("#instruction")).not_to_have_text(first)


def test_a_training_answer_is_explained_although_nothing_else_is_left(page, sign_in):
    campaign, person = open_campaign(n=0, lane_plan=["training"] * 39 + ["random"] * 11)
    comparison = make_comparison(campaign=campaign, files=True)
    make_reference(comparison, use="training", explanation="The sky had to be green.")
    open_desk(sign_in(page, person), campaign)
    press(page, f"{A_WINS} Enter")
    expect(page.locator("#explained")).to_contain_text("The sky had to be green.")
    page.get_by_role("button", name="Go on").click()
    all_done(page)


def test_an_answer_that_the_server_refuses_comes_again_as_it_was(page, sign_in):
    campaign, person = open_campaign(n=1)
    open_desk(sign_in(page, person), campaign)
    Campaign.objects.update(least_pane=4000)
    press(page, A_WINS)
    with page.expect_response("**/judgment/") as refused:
        page.keyboard.press("Enter")
    assert refused.value.status == 400
    expect(page.get_by_text("One answer was not taken")).to_be_visible()
    await_pictures(page)
    expect(page.locator(".level input:checked")).to_have_count(4)
    assert not Judgment.objects.exists()
    Campaign.objects.update(least_pane=None)
    page.keyboard.press("Enter")
    all_done(page)
    assert Judgment.objects.count() == 1


def test_sensitive_pictures_are_blurred_until_asked_and_cannot_be_judged_unseen(page, sign_in):
    campaign, person = open_campaign(n=1)
    Item.objects.update(sensitive="Shows blood")
    sign_in(page, person).goto(address(campaign))
    expect(page.get_by_text("Sensitive: Shows blood")).to_be_visible()
    press(page, f"{A_WINS} Enter")
    expect(page.locator("#missing")).to_contain_text("show the pictures first")
    widest = page.evaluate(
        "Math.max(...[...document.querySelectorAll('#stage canvas')].map((one) => one.width))"
    )
    assert widest <= 12
    page.get_by_role("button", name="Show the pictures").click()
    await_pictures(page)
    press(page, "Enter")
    all_done(page)


def test_who_chose_to_see_sensitive_pictures_is_not_asked(page, sign_in):
    campaign, person = open_campaign(n=1)
    Item.objects.update(sensitive="Shows blood")
    User.objects.filter(pk=person.pk).update(preferences={"sensitive": "show"})
    open_desk(sign_in(page, person), campaign)
    expect(page.get_by_text("Sensitive:")).to_be_hidden()


def test_disturbing_pictures_are_reported(page, sign_in):
    campaign, person = open_campaign(n=1)
    open_desk(sign_in(page, person), campaign)
    page.locator("#report-panel summary").click()
    page.get_by_text("Violence or injury").click()
    page.locator("#report").click()
    expect(page.get_by_text("Reported. Thank you")).to_be_visible()
    assert ItemReport.objects.get().reason == "Violence or injury"
    # One report tells the leads; a second one blurs the pictures for all.
    assert Item.objects.get().sensitive == ""


def test_a_screen_that_shows_too_little_is_named_and_refused(page, sign_in):
    campaign, person = open_campaign(n=1, least_pane=4000)
    open_desk(sign_in(page, person), campaign)
    expect(page.locator("#hint")).to_contain_text("pictures of at least 4000 pixels")
    press(page, f"{A_WINS} Enter")
    expect(page.locator("#announce")).to_contain_text("Not submitted")
    assert not Judgment.objects.exists()
    Campaign.objects.update(least_pane=100)
    page.reload()
    await_pictures(page)
    expect(page.locator("#hint")).to_be_hidden()
    press(page, "Enter")
    all_done(page)


def test_a_nudge_outlives_views_and_reloads_and_is_undone(page, sign_in):
    campaign, person = open_campaign(n=1)
    open_desk(sign_in(page, person), campaign)
    layer = page.locator("[data-pane='0'] canvas[data-level=grid]").first

    def left():
        next_frame(page)
        return layer.bounding_box()["x"]

    before = left()
    press(page, "Alt+ArrowRight Alt+Shift+ArrowRight")
    assert left() == pytest.approx(before + 11, abs=0.6)
    press(page, "v v v v v z c")
    assert left() == pytest.approx(before + 11, abs=0.6)
    page.reload()
    await_pictures(page)
    assert left() == pytest.approx(before + 11, abs=0.6)
    page.get_by_role("button", name="Undo nudge").click()
    assert left() == pytest.approx(before, abs=0.6)
