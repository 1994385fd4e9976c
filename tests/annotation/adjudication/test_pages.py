"""The pages of contested comparisons and of a decision, as forms without scripts."""

import re

import pytest

from annotation.adjudication.services.claims import claim
from annotation.answers.plain_form import form_values
from annotation.models import Decision, Judgment, ModelSignal, QueueEntry
from tests import factories as make
from tests.annotation.adjudication.disputes import (
    FIRST,
    SECOND,
    adjudicator,
    answer,
    campaign_with_lead,
    contest,
    offer_all,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign():
    return campaign_with_lead(second_reading_percent=0)[0]


@pytest.fixture
def lead(campaign):
    return campaign.memberships.get(role="lead").user


def page(campaign, *parts):
    return f"/c/{campaign.slug}/{'/'.join(map(str, parts))}/"


def held(campaign, person):
    """Return a dispute that a person holds, and its comparison."""
    comparison = contest(campaign)
    offer_all(campaign, comparison)
    return claim(campaign=campaign, user=person), comparison


def test_a_lead_reads_each_reason_and_filters_by_it(client, campaign, lead):
    apart = contest(campaign)
    make.make_judgment(apart, cannot_judge="unclear")
    flagged = contest(campaign, FIRST, FIRST)
    make.make_judgment(flagged, lane="gold", remarks={"flagged": True})
    client.force_login(lead)
    text = client.get(page(campaign, "contested")).content.decode()
    assert "No majority after 2 judgments." in text
    assert "One person could not judge it." in text
    text = client.get(page(campaign, "contested"), {"kind": "flagged"}).content.decode()
    assert f"c-{flagged.public_id}" in text
    assert f"c-{apart.public_id}" not in text


def test_the_preview_says_what_the_press_then_does(client, campaign, lead):
    adjudicator(campaign)
    for _ in range(3):
        contest(campaign)
    client.force_login(lead)
    address = page(campaign, "contested")
    text = client.get(address, {"preview": "hand_over", "n": 2}).content.decode()
    assert "2 comparisons would go to the adjudicators." in text
    assert "1 would stay: More than you asked for." in text
    assert not QueueEntry.objects.exists(), "a preview changes nothing"
    client.post(page(campaign, "contested", "hand-over"), {"n": 2})
    assert QueueEntry.objects.filter(lane="adjudication").count() == 2
    text = client.get(address, {"preview": "take_back"}).content.decode()
    assert "2 waiting disputes and 0 that somebody is deciding now" in text
    client.post(page(campaign, "contested", "take-back"))
    assert not QueueEntry.objects.exists()


@pytest.mark.parametrize("n", ["", "0", "1001", "many"])
def test_a_number_that_is_none_hands_nothing_over(client, campaign, lead, n):
    adjudicator(campaign)
    contest(campaign)
    client.force_login(lead)
    response = client.post(page(campaign, "contested", "hand-over"), {"n": n}, follow=True)
    assert "Say how many comparisons" in response.content.decode()
    assert not QueueEntry.objects.exists()


def test_before_the_own_answer_nothing_tells_what_others_said(client, campaign):
    person = adjudicator(campaign)
    assignment, comparison = held(campaign, person)
    make.make_judgment(comparison, note="A halo around the cat.", remarks={"flagged": True})
    ModelSignal.objects.create(
        comparison=comparison, model="m", kind="surprise", value=1.5, priority=1, rewards=[0.0, 1.0]
    )
    client.force_login(person)
    text = client.get(page(campaign, "decide")).content.decode()
    assert str(assignment.public_id) in text
    for secret in ("halo", "surprise", "No majority", "1.50"):
        assert secret not in text
    for judgment in Judgment.objects.filter(comparison=comparison):
        assert judgment.annotator.username not in text
    # The page with the votes does not exist yet.
    response = client.get(page(campaign, "decide", assignment.public_id))
    assert response.status_code == 302


def test_after_the_own_answer_the_votes_stand_without_names_in_the_own_order(client, campaign):
    person = adjudicator(campaign)
    assignment, comparison = held(campaign, person)
    ModelSignal.objects.create(
        comparison=comparison, model="m", kind="surprise", value=1.5, priority=1, rewards=[0.0, 1.0]
    )
    note = "A halo around the cat."
    make.make_judgment(comparison, ranks=FIRST, note=note)
    answer(assignment, SECOND)
    client.force_login(person)
    response = client.get(page(campaign, "decide"), follow=True)
    assert response.redirect_chain == [(page(campaign, "decide", assignment.public_id), 302)]
    text = response.content.decode()
    first = "AB"[assignment.shown_order.index(0)]
    second = "AB"[assignment.shown_order.index(1)]
    assert f"<b>2 ×</b> {first}, then {second}" in text
    assert f"The model ranks: <b>{second}, then {first}</b>" in re.sub(r"\s+", " ", text)
    assert note in text
    for judgment in Judgment.objects.filter(comparison=comparison).exclude(annotator=person):
        assert judgment.annotator.username not in text


def test_the_next_dispute_is_given_out_and_shown_again(client, campaign):
    comparison = contest(campaign)
    offer_all(campaign, comparison)
    client.force_login(adjudicator(campaign))
    for _ in range(2):
        response = client.get(page(campaign, "decide"))
        assert comparison.item.instruction in response.content.decode()
    assert comparison.assignments.filter(lane="adjudication").count() == 1


def test_keeping_stores_the_cause_and_goes_on(client, campaign):
    person = adjudicator(campaign)
    assignment, _ = held(campaign, person)
    first = answer(assignment)
    client.force_login(person)
    response = client.post(
        page(campaign, "decide", assignment.public_id),
        {"does": "keep", "cause": "hard", "note": "Zoom in."},
    )
    assert response.url == page(campaign, "decide")
    decision = Decision.objects.get()
    assert (decision.final, decision.cause, decision.note) == (first, "hard", "Zoom in.")
    text = client.get(page(campaign, "decide")).content.decode()
    assert "Hard to see" in text


def changed(assignment, ranks):
    shown = [ranks[index] for index in assignment.shown_order]
    scores = {slug: [2, 2] for slug in make.DIMENSIONS}
    data = make.answer_data()
    return form_values(scores, shown, None, "") | {"client_id": data["client_id"]}


def test_changing_stores_a_second_answer(client, campaign):
    person = adjudicator(campaign)
    assignment, _ = held(campaign, person)
    answer(assignment, FIRST)
    client.force_login(person)
    client.post(
        page(campaign, "decide", assignment.public_id),
        changed(assignment, SECOND) | {"does": "change", "cause": "mistake"},
    )
    decision = Decision.objects.get()
    assert (decision.first.ranks, decision.final.ranks) == (FIRST, SECOND)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"does": "keep"}, "Say why people disagreed."),
        ({"does": "open", "cause": "gap"}, "Only what is a matter of taste may stay open."),
        ({"does": "keep", "cause": "gap", "note": "x" * 1001}, "at most 1000 characters"),
        ({"does": "change", "cause": "gap", "rank-0": "7"}, "data-field="),
    ],
)
def test_a_refused_form_is_shown_again_and_stores_nothing(client, campaign, data, words):
    person = adjudicator(campaign)
    assignment, _ = held(campaign, person)
    answer(assignment)
    client.force_login(person)
    response = client.post(page(campaign, "decide", assignment.public_id), data)
    assert response.status_code == 422
    assert words in response.content.decode()
    assert not Decision.objects.exists()
    assert assignment.judgments.count() == 1


def test_a_newer_rubric_is_said_and_the_answer_keeps_its_version(client, campaign):
    person = adjudicator(campaign)
    assignment, _ = held(campaign, person)
    first = answer(assignment)
    make.make_rubric(campaign)
    client.force_login(person)
    text = client.get(page(campaign, "decide", assignment.public_id)).content.decode()
    assert "Version 2 of the rubric was published while you decided." in text
    client.post(page(campaign, "decide", assignment.public_id), {"does": "keep", "cause": "gap"})
    assert Decision.objects.get().final.rubric == first.rubric


def test_a_lead_opens_one_of_the_list_and_is_told_when_somebody_has_it(client, campaign, lead):
    comparison = contest(campaign)
    client.force_login(lead)
    text = client.get(page(campaign, "decide"), {"comparison": comparison.public_id}).content
    assert comparison.item.instruction in text.decode()
    other = make.make_member(campaign, role="lead")
    client.force_login(other)
    text = client.get(page(campaign, "decide"), {"comparison": comparison.public_id}).content
    assert "Somebody else is deciding this comparison now." in text.decode()


def test_pictures_of_a_dispute_are_served_to_a_lead_who_decides_it(
    client, campaign, lead, media_root
):
    comparison = contest(campaign, item=make.make_item(campaign, files=True), files=True)
    assignment = claim(campaign=campaign, user=lead, named=comparison)
    client.force_login(lead)
    assert client.get(f"/media/a/{assignment.public_id}/0/fit.webp").status_code == 200
    client.force_login(make.make_member(campaign, role="lead"))
    assert client.get(f"/media/a/{assignment.public_id}/0/fit.webp").status_code == 404


def test_a_skipped_dispute_goes_to_somebody_else(client, campaign):
    person = adjudicator(campaign)
    assignment, comparison = held(campaign, person)
    client.force_login(person)
    client.post(
        page(campaign, "decide"),
        {"assignment": assignment.public_id, "action": "skip", "skip_reason": "I know them"},
    )
    assert claim(campaign=campaign, user=person) is None
    assert claim(campaign=campaign, user=adjudicator(campaign)).comparison == comparison
