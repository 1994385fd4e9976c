import pytest
from django.db.models.functions import Now

from annotation.adjudication.selectors.contested import contested
from annotation.adjudication.services.claims import claim
from annotation.models import Comparison, Item, Judgment, Lane, ModelSignal, RuleAlert
from tests import factories as make
from tests.annotation.adjudication.disputes import (
    FIRST,
    SECOND,
    TIE,
    adjudicator,
    answer,
    campaign_with_lead,
    contest,
    offer_all,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign():
    return campaign_with_lead()[0]


def kinds(campaign):
    return {row.comparison_id: [r.kind for r in row.reasons] for row in contested(campaign)}


def words(campaign, comparison):
    [row] = [row for row in contested(campaign) if row.comparison_id == comparison.pk]
    return [reason.words for reason in row.reasons]


def test_two_different_verdicts_are_contested_and_equal_ones_are_not(campaign):
    apart, _ = contest(campaign, FIRST, SECOND), contest(campaign, FIRST, FIRST)
    assert kinds(campaign) == {apart.pk: ["no_majority"]}
    assert words(campaign, apart) == ["No majority after 2 judgments."]


def test_pairs_without_a_majority_are_counted_among_three_edits(campaign):
    comparison = make.make_comparison(campaign=campaign, k=3, overlap=2)
    for slot, ranks in enumerate(([1, 2, 3], [2, 1, 3])):
        make.make_judgment(comparison, slot=slot + 1, ranks=ranks)
    assert words(campaign, comparison) == ["No majority on 1 of 3 pairs after 2 judgments."]


def test_what_annotators_still_get_is_not_contested_yet(campaign):
    comparison = make.make_queued(campaign=campaign, overlap=3)
    for slot, ranks in enumerate((FIRST, SECOND)):
        make.make_judgment(comparison, slot=slot + 1, ranks=ranks)
    assert kinds(campaign) == {}


def test_scores_that_name_another_winner_are_contested(campaign):
    comparison = make.make_comparison(campaign=campaign, overlap=2)
    for slot in (1, 2):
        make.make_judgment(comparison, slot=slot, ranks=FIRST, scores=[[1, 1], [4, 4]])
    assert kinds(campaign) == {comparison.pk: ["scores"]}


def test_people_who_flag_or_cannot_judge_are_counted(campaign):
    comparison = contest(campaign, FIRST, FIRST)
    make.make_judgment(comparison, cannot_judge="The instruction makes no sense")
    make.make_judgment(comparison, lane=Lane.GOLD, ranks=FIRST, remarks={"flagged": True})
    assert words(campaign, comparison) == [
        "One person could not judge it.",
        "One person flagged it.",
    ]


@pytest.mark.parametrize(("surprise", "found"), [(0.99, []), (1.2, ["model"])])
def test_only_a_surprised_model_contests_a_label(campaign, surprise, found):
    comparison = contest(campaign, FIRST, FIRST)
    ModelSignal.objects.create(
        comparison=comparison, model="m", kind="surprise", value=surprise, priority=surprise
    )
    assert kinds(campaign).get(comparison.pk, []) == found


def test_a_gold_that_most_people_miss_is_contested(campaign):
    gold = make.make_comparison(campaign=campaign)
    make.make_reference(gold, use="gold")
    for ranks in (SECOND, SECOND):
        make.make_judgment(gold, lane=Lane.GOLD, ranks=ranks)
    assert kinds(campaign) == {}, "two answers say nothing"
    make.make_judgment(gold, lane=Lane.GOLD, ranks=FIRST)
    assert words(campaign, gold) == ["2 of 3 people answered otherwise than the gold expects."]


def test_a_label_that_rests_on_a_doubtful_person_is_contested(campaign):
    comparison = contest(campaign, FIRST, FIRST, SECOND)
    doubtful = Judgment.objects.filter(comparison=comparison, ranks=FIRST).first().annotator
    alert = RuleAlert.objects.create(
        campaign=campaign, user=doubtful, rule="r", action="warn", reason="x", n=9, done="told"
    )
    assert kinds(campaign) == {comparison.pk: ["person"]}
    RuleAlert.objects.filter(pk=alert.pk).update(handled_at=Now())
    assert kinds(campaign) == {}


def test_the_most_urgent_comes_first_and_sentences_name_nobody(campaign):
    held = make.make_comparison(campaign=campaign, held_at=Now(), held_reason="Nobody is left.")
    worse = contest(campaign, FIRST, SECOND)
    assert [row.comparison_id for row in contested(campaign)] == [worse.pk, held.pk]
    said = " ".join(words(campaign, worse) + words(campaign, held))
    for person in Judgment.objects.values_list("annotator__username", flat=True):
        assert person not in said


def test_withdrawn_and_decided_comparisons_leave_the_list(campaign):
    gone, item_gone, decided = (contest(campaign) for _ in range(3))
    Comparison.objects.filter(pk=gone.pk).update(withdrawn_at=Now())
    Item.objects.filter(pk=item_gone.item_id).update(withdrawn_at=Now())
    offer_all(campaign, decided)
    answer(claim(campaign=campaign, user=adjudicator(campaign)))
    assert kinds(campaign) == {}


def test_two_adjudicators_who_differ_are_contested_until_a_third_decides(campaign):
    comparison = contest(campaign)
    for ranks, policy in ((FIRST, "hand_picked"), (SECOND, "second_reading")):
        offer_all(campaign, comparison, policy=policy)
        answer(claim(campaign=campaign, user=adjudicator(campaign)), ranks)
    assert "adjudicators" in kinds(campaign)[comparison.pk]
    lead = make.make_member(campaign, role="lead")
    answer(claim(campaign=campaign, user=lead, named=comparison), TIE)
    assert kinds(campaign) == {}


def test_the_list_costs_as_many_queries_for_twenty_as_for_two(
    campaign, django_assert_max_num_queries
):
    for _ in range(20):
        contest(campaign)
    with django_assert_max_num_queries(16):
        assert len(contested(campaign)) == 20


def test_the_state_says_whether_somebody_has_it(campaign):
    offered, claimed, free = (contest(campaign) for _ in range(3))
    offer_all(campaign, claimed, offered)
    claim(campaign=campaign, user=adjudicator(campaign))
    states = {row.comparison_id: row.state for row in contested(campaign)}
    assert states == {claimed.pk: "claimed", offered.pk: "offered", free.pk: "open"}
