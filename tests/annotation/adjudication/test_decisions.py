import pytest
from django.db import IntegrityError, transaction

from annotation.adjudication.services.claims import claim
from annotation.adjudication.services.decisions import decide
from annotation.answers.context import answer_context
from annotation.errors import Conflict, InvalidSetting, NotRevisable
from annotation.judging.services.judgments import read_answer
from annotation.judging.services.revisions import revise_judgment
from annotation.models import Campaign, Comparison, Decision, Judgment, Lane, QueueEntry
from annotation.quality.selectors.labels import label_row
from annotation.references.known_answers import known_answers
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


def answered(campaign, *verdicts, ranks=FIRST):
    """Return an adjudication whose first answer is given, and that answer."""
    comparison = contest(campaign, *verdicts)
    offer_all(campaign, comparison)
    assignment = claim(campaign=campaign, user=adjudicator(campaign))
    return assignment, answer(assignment, ranks)


def parsed(assignment, ranks):
    shown = [ranks[index] for index in assignment.shown_order]
    data = make.answer_data(verdict={"ranks": shown, "tie_kind": None})
    return read_answer(answer_context(assignment.public_id, assignment.annotator_id), data)


def label_of(comparison):
    rows = comparison.judgments.select_related(
        "assignment", "rubric", "superseded_by", "set_aside", "settles"
    ).order_by("pk")
    slugs = {row.rubric_id: list(make.DIMENSIONS) for row in rows}
    return label_row(comparison, list(rows), slugs)


def settle(assignment, **how):
    how = {"cause": "gap"} | how
    return decide(assignment=assignment, user=assignment.annotator, **how)


def test_a_kept_answer_is_stored_with_cause_note_and_why_it_was_contested(campaign):
    assignment, first = answered(campaign)
    decision = settle(assignment, note=" Say what a halo is. ")
    assert (decision.first, decision.final, decision.is_kept) == (first, first, True)
    assert (decision.cause, decision.note) == ("gap", "Say what a halo is.")
    assert decision.contested_by == ["no_majority"]
    assert label_of(assignment.comparison)["ranks"] == FIRST


def test_a_changed_answer_leaves_both_on_record_and_the_second_makes_the_label(campaign):
    assignment, first = answered(campaign)
    decision = settle(assignment, change=parsed(assignment, SECOND))
    assert decision.final.supersedes == first
    assert (decision.first.ranks, decision.final.ranks) == (FIRST, SECOND)
    label = label_of(assignment.comparison)
    assert (label["ranks"], label["resolved_by"], label["n_judgments"]) == (
        SECOND,
        "adjudication",
        2,
    )


def test_what_is_left_to_taste_stays_unresolved_and_asks_nobody_else(campaign):
    assignment, _ = answered(campaign)
    settle(assignment, cause="taste", is_resolved=False)
    label = label_of(assignment.comparison)
    assert (label["pair_outcomes"], label["resolved_by"]) == ([None], "majority")
    assert Comparison.objects.get(pk=assignment.comparison_id).settled_at is not None
    assert claim(campaign=campaign, user=adjudicator(campaign)) is None
    assert known_answers(campaign, least=1).lines == []


@pytest.mark.parametrize(
    ("how", "field"),
    [
        ({"cause": "weather"}, "cause"),
        ({"cause": "gap", "is_resolved": False}, "cause"),
        ({"note": "x" * 1001}, "note"),
        ({"note": "a\0b"}, "note"),
    ],
)
def test_a_refused_decision_changes_nothing(campaign, how, field):
    assignment, first = answered(campaign)
    with pytest.raises(InvalidSetting) as refusal:
        settle(assignment, **how)
    assert refusal.value.field == field
    assert not Decision.objects.exists()
    assert list(assignment.judgments.all()) == [first]


def test_nothing_is_decided_twice_or_before_the_own_answer(campaign):
    comparison = contest(campaign)
    offer_all(campaign, comparison)
    assignment = claim(campaign=campaign, user=adjudicator(campaign))
    with pytest.raises(Conflict):
        settle(assignment)
    answer(assignment)
    settle(assignment)
    with pytest.raises(Conflict):
        settle(assignment, change=parsed(assignment, SECOND))
    assert Decision.objects.count() == 1
    assert assignment.judgments.count() == 1


def test_an_adjudicated_answer_is_not_changed_by_the_way_of_annotators(campaign):
    assignment, first = answered(campaign)
    with pytest.raises(NotRevisable, match="where it is decided"):
        revise_judgment(
            judgment_public_id=first.public_id,
            annotator=assignment.annotator,
            answer=parsed(assignment, SECOND),
        )
    assert assignment.judgments.count() == 1


def test_a_closed_campaign_keeps_the_answer_but_takes_its_reason(campaign):
    assignment, first = answered(campaign)
    Campaign.objects.filter(pk=campaign.pk).update(state="closed")
    with pytest.raises(Conflict, match="closed"):
        settle(assignment, change=parsed(assignment, SECOND))
    assert not Decision.objects.exists()
    assert settle(assignment).final == first


def test_an_answer_stays_under_the_version_that_was_seen(campaign):
    assignment, first = answered(campaign)
    make.make_rubric(campaign)
    decision = settle(assignment, change=parsed(assignment, SECOND))
    assert decision.final.rubric_id == first.rubric_id


def test_a_bad_item_is_held_for_a_lead(campaign):
    assignment, _ = answered(campaign)
    settle(assignment, cause="bad_item")
    assert "bad" in Comparison.objects.get(pk=assignment.comparison_id).held_reason


def test_an_adjudicator_who_cannot_judge_leaves_it_to_a_lead(campaign):
    comparison = contest(campaign)
    offer_all(campaign, comparison)
    assignment = claim(campaign=campaign, user=adjudicator(campaign))
    make.submit(assignment, cannot_judge="An image is broken", scores={}, verdict=None)
    comparison.refresh_from_db()
    assert comparison.held_reason == "An adjudicator could not judge it."
    assert comparison.settled_at is None


def test_a_share_is_read_a_second_time_without_changing_the_label(campaign):
    Campaign.objects.filter(pk=campaign.pk).update(second_reading_percent=100)
    readers = [adjudicator(campaign) for _ in range(3)]
    comparison = contest(campaign)
    offer_all(campaign, comparison)
    first = claim(campaign=campaign, user=readers[0])
    answer(first, FIRST)
    settle(first)
    [entry] = QueueEntry.objects.filter(lane=Lane.ADJUDICATION)
    assert (entry.policy, entry.propensity) == ("second_reading", 1.0)
    second = claim(campaign=campaign, user=readers[1])
    assert claim(campaign=campaign, user=readers[0]) is None
    answer(second, SECOND)
    settle(second)
    assert label_of(comparison)["ranks"] == FIRST
    assert not QueueEntry.objects.filter(lane=Lane.ADJUDICATION).exists()


def test_what_only_an_adjudicator_could_judge_has_a_label_of_one(campaign):
    comparison = make.make_comparison(campaign=campaign)
    make.make_judgment(comparison, cannot_judge="unclear")
    offer_all(campaign, comparison)
    answer(claim(campaign=campaign, user=adjudicator(campaign)), SECOND)
    label = label_of(comparison)
    assert (label["ranks"], label["resolved_by"], label["n_judgments"]) == (
        SECOND,
        "adjudication",
        0,
    )
    assert label["mean_scores"] == Judgment.objects.get(lane=Lane.ADJUDICATION).scores


def test_the_database_refuses_an_open_end_for_another_cause_than_taste(campaign):
    assignment, first = answered(campaign)
    with pytest.raises(IntegrityError), transaction.atomic():
        Decision.objects.create(
            campaign=campaign,
            comparison=assignment.comparison,
            user=assignment.annotator,
            first=first,
            final=first,
            cause="gap",
            is_resolved=False,
        )
