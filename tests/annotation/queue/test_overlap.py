"""How many judgments a comparison gets: the share, one more, and the early stop."""

import pytest
from django.db.models.functions import Now

from annotation.answers.context import answer_context
from annotation.campaigns.progress import progress_of
from annotation.comparisons.plans import make_rule
from annotation.comparisons.services import build_comparisons
from annotation.feedback.send_backs import send_back
from annotation.judging.services.judgments import read_answer
from annotation.judging.services.revisions import revise_judgment
from annotation.models import Campaign, Comparison, Judgment, QueueEntry, SendBack
from annotation.queue.services.leases import lease_next
from annotation.queue.services.overlap import ONE_MORE, settle, settle_recent, wanted_overlap
from tests import factories as make
from tests.annotation.invariants import check_queue, everything

pytestmark = pytest.mark.django_db

FIRST = {"ranks": [1, 2], "tie_kind": None}
SECOND = {"ranks": [2, 1], "tie_kind": None}


def vote(campaign, *winners):
    """Let a new person each answer; a winner is a canonical index, 0 or 1, or None for a tie."""
    for winner in winners:
        person = make.make_member(campaign)
        (assignment,) = lease_next(campaign=campaign, annotator=person).assignments
        verdict = {"ranks": [1, 1], "tie_kind": "good"}
        if winner is not None:
            verdict = FIRST if assignment.shown_order[0] == winner else SECOND
        make.submit(assignment, verdict=verdict)


def stored(comparison):
    return Comparison.objects.get(pk=comparison.pk)


def test_a_share_of_the_comparisons_gets_the_full_overlap_and_the_rest_one():
    campaign = make.make_campaign(overlap=3, overlap_share=30, seed=5)
    for _ in range(60):
        item = make.make_item(campaign)
        for name in "abcd":
            make.make_candidate(item, generator=name)
    build_comparisons(campaign=campaign, rule=make_rule(campaign, k=2, strategy="all"), actor=None)
    overlaps = list(Comparison.objects.values_list("overlap", flat=True))
    assert len(overlaps) == 360
    assert set(overlaps) == {1, 3}
    # Binomial(360, .3): five standard deviations either way.
    assert abs(overlaps.count(3) - 108) < 44
    for comparison in Comparison.objects.all()[:20]:
        assert wanted_overlap(campaign, comparison.candidate_ids) == comparison.overlap
        assert comparison.queue.count() == comparison.overlap


@pytest.mark.parametrize(("share", "overlap"), [(0, 1), (100, 3)])
def test_a_share_of_none_or_all_is_exact(share, overlap):
    campaign = make.make_campaign(overlap=3, overlap_share=share)
    assert {wanted_overlap(campaign, [i, i + 1]) for i in range(50)} == {overlap}


@pytest.mark.parametrize(
    ("votes", "n_free"),
    [
        ((0, 0), 3),  # two of five may still be outvoted
        ((0, 0, 0), 0),  # three of five may not
        ((0, 1, 0, 0), 0),
        ((0, 1, 0, 1), 1),
        ((None, None, None), 0),  # a tie is an outcome
        ((0, 0, None, 1), 1),
    ],
)
def test_nobody_else_is_asked_once_no_answer_could_change_the_majority(votes, n_free):
    campaign = make.make_campaign(overlap=5, stop_early=True)
    comparison = make.make_queued(campaign=campaign)
    vote(campaign, *votes)
    assert comparison.queue.count() == n_free
    assert (stored(comparison).settled_at is None) == bool(n_free)
    check_queue()


def test_without_the_rule_every_place_is_asked_for():
    campaign = make.make_campaign(overlap=3)
    comparison = make.make_queued(campaign=campaign)
    vote(campaign, 0, 0)
    assert comparison.queue.count() == 1


def test_more_than_two_candidates_stop_only_when_every_pair_is_decided():
    campaign = make.make_campaign(k=3, overlap=3, stop_early=True)
    comparison = make.make_queued(campaign=campaign)
    for canonical in ([1, 2, 3], [1, 3, 2]):
        (assignment,) = lease_next(
            campaign=campaign, annotator=make.make_member(campaign)
        ).assignments
        ranks = [canonical[index] for index in assignment.shown_order]
        make.submit(assignment, verdict={"ranks": ranks, "tie_kind": None})
    assert comparison.queue.count() == 1


def test_what_was_stopped_wants_no_more_than_it_has():
    campaign = make.make_campaign(overlap=5, stop_early=True)
    make.make_queued(campaign=campaign)
    vote(campaign, 0, 0, 0)
    numbers = progress_of(campaign)
    assert (numbers.n_judged, numbers.n_wanted, numbers.n_complete) == (3, 3, 1)


def test_a_changed_answer_that_undoes_the_majority_opens_the_places_again():
    campaign = make.make_campaign(overlap=5, stop_early=True)
    comparison = make.make_queued(campaign=campaign, policy="random:k=2,n=1", propensity=0.5)
    vote(campaign, 0, 0, 0)
    judgment = Judgment.objects.first()
    assert comparison.queue.count() == 0
    context = answer_context(judgment.assignment.public_id, judgment.annotator_id)
    change = read_answer(context, make.answer_data(verdict={"ranks": [1, 1], "tie_kind": "bad"}))
    revise_judgment(
        judgment_public_id=judgment.public_id, annotator=judgment.annotator, answer=change
    )
    assert stored(comparison).settled_at is None
    assert comparison.queue.count() == 2
    assert set(comparison.queue.values_list("policy", "propensity")) == {("random:k=2,n=1", 0.5)}
    check_queue()


def test_a_live_lease_of_a_comparison_that_was_stopped_still_counts():
    campaign = make.make_campaign(overlap=4, stop_early=True)
    comparison = make.make_queued(campaign=campaign)
    (late,) = lease_next(campaign=campaign, annotator=make.make_member(campaign)).assignments
    vote(campaign, 0, 0, 0)
    assert stored(comparison).settled_at is not None
    assert make.submit(late).state == "counted"
    assert Judgment.objects.in_force().count() == 4
    check_queue()


def test_a_lease_given_back_after_the_stop_opens_no_place():
    campaign = make.make_campaign(overlap=4, stop_early=True)
    comparison = make.make_queued(campaign=campaign)
    (late,) = lease_next(campaign=campaign, annotator=make.make_member(campaign)).assignments
    vote(campaign, 0, 0, 0)
    make.let_expire(late)
    assert lease_next(campaign=campaign, annotator=make.make_member(campaign)).reason == "done"
    assert not comparison.queue.exists()
    check_queue()


def test_what_was_stopped_can_be_sent_back_and_asks_exactly_as_many():
    campaign = make.make_campaign(overlap=5, stop_early=True)
    comparison = make.make_queued(campaign=campaign)
    vote(campaign, 0, 0, 0)
    for _ in range(4):
        make.make_member(campaign)
    assert send_back(comparisons=[comparison], cause="c", actor=None, raised_by=2).sent
    assert comparison.queue.count() == 2
    assert stored(comparison).settled_at is None
    check_queue()


def test_one_more_is_asked_while_there_is_no_majority_and_the_cap_leaves_room():
    campaign = make.make_campaign(overlap=2, overlap_cap=4)
    comparison = make.make_queued(campaign=campaign)
    spare = [make.make_member(campaign) for _ in range(4)]
    vote(campaign, 0, 1)
    assert (stored(comparison).overlap, comparison.queue.count()) == (3, 1)
    entry = QueueEntry.objects.get()
    assert (entry.lane, entry.policy, entry.propensity) == ("coverage", ONE_MORE, 1.0)
    log = SendBack.objects.get()
    assert (log.raised_by, "majority" in log.cause) == (1, True)
    vote(campaign, None)
    assert (stored(comparison).overlap, comparison.queue.count()) == (4, 1)
    vote(campaign, None)
    # Two ties, a win and a loss: no majority, but the cap is reached.
    assert (stored(comparison).overlap, comparison.queue.count()) == (4, 0)
    assert len(spare) == 4
    check_queue()


def test_a_majority_asks_nobody_else():
    campaign = make.make_campaign(overlap=3, overlap_cap=5)
    comparison = make.make_queued(campaign=campaign)
    make.make_member(campaign)
    vote(campaign, 0, 1, 0)
    assert (stored(comparison).overlap, comparison.queue.count()) == (3, 0)
    assert not SendBack.objects.exists()


def test_where_nobody_is_left_no_place_is_opened_that_nobody_could_fill():
    campaign = make.make_campaign(overlap=2, overlap_cap=4)
    comparison = make.make_queued(campaign=campaign)
    vote(campaign, 0, 1)
    assert stored(comparison).overlap == 2
    assert not comparison.queue.exists()


def test_settling_twice_changes_nothing_more():
    campaign = make.make_campaign(overlap=2, overlap_cap=4)
    comparison = make.make_queued(campaign=campaign)
    make.make_member(campaign)
    vote(campaign, 0, 1)
    before = everything()
    settle(comparison_id=comparison.pk)
    assert everything() == before


def test_an_answer_whose_process_died_is_settled_by_the_next_sweep():
    campaign = make.make_campaign(overlap=2)
    comparison = make.make_queued(campaign=campaign)
    for _ in range(2):
        make.make_member(campaign)
    vote(campaign, 0, 1)
    # As if the rule had not run after the last answer.
    Campaign.objects.filter(pk=campaign.pk).update(overlap_cap=3)
    assert settle_recent() == 1
    assert comparison.queue.count() == 1


@pytest.mark.parametrize("column", ["withdrawn_at", "held_at"])
def test_what_is_out_of_use_or_held_is_left_alone(column):
    campaign = make.make_campaign(overlap=2, overlap_cap=4)
    comparison = make.make_queued(campaign=campaign)
    make.make_member(campaign)
    vote(campaign, 0)
    Comparison.objects.filter(pk=comparison.pk).update(**{column: Now()})
    QueueEntry.objects.all().delete()
    before = everything()
    settle(comparison_id=comparison.pk)
    assert everything() == before
