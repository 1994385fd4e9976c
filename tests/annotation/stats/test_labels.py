from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.stats.labels import (
    n_conflicts,
    outcomes_from_ranks,
    outcomes_from_scores,
    pairs_of,
    ranking_of,
    resolve,
)

NAN = np.nan
any_k = pytest.mark.parametrize("k", [2, 3, 4])


def marks(n, k=2, *, best_first=0):
    """Return scores (n, k, 2) in which each candidate has best_first more than the next."""
    return np.full((n, k, 2), 4.0) - np.arange(k)[:, None] * best_first


@st.composite
def judged(draw):
    n, k, d = draw(st.integers(1, 6)), draw(st.integers(2, 4)), draw(st.integers(1, 3))
    ranks = draw(
        st.lists(st.lists(st.integers(1, k), min_size=k, max_size=k), min_size=n, max_size=n)
    )
    cells = st.sampled_from([1.0, 2.0, 3.0, 4.0, NAN])
    scores = draw(st.lists(cells, min_size=n * k * d, max_size=n * k * d))
    return np.reshape(scores, (n, k, d)), np.array(ranks)


def dense(ranks):
    return tuple(sorted(set(ranks)).index(rank) + 1 for rank in ranks)


def test_pairs_stand_in_the_order_of_the_snapshot():
    assert pairs_of(2) == ((0, 1),)
    assert pairs_of(4) == ((0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3))


def test_a_lower_rank_wins_and_equal_ranks_tie():
    assert outcomes_from_ranks([1, 2]).tolist() == [1]
    assert outcomes_from_ranks([2, 1]).tolist() == [-1]
    assert outcomes_from_ranks([2, 1, 2, 3]).tolist() == [-1, 0, 1, 1, 1, 1]
    assert outcomes_from_ranks([[1, 1], [1, 2]]).tolist() == [[0], [1]]


@pytest.mark.parametrize(
    ("ranks", "outcome"),
    [
        ([[1, 2]], 1),
        ([[1, 2], [1, 2], [2, 1]], 1),
        ([[2, 1], [2, 1], [1, 1]], -1),
        ([[1, 1], [1, 1], [1, 2]], 0),
        ([[1, 2], [2, 1]], None),
        ([[1, 2], [1, 1]], None),
        ([[1, 2], [1, 1], [2, 1]], None),
        ([[1, 2], [1, 2], [1, 1], [2, 1]], None),  # half is not more than half
        ([[1, 2], [1, 2], [1, 2], [2, 1], [1, 1]], 1),
    ],
)
def test_a_pair_goes_to_what_more_than_half_of_the_votes_say(ranks, outcome):
    label = resolve(marks(len(ranks)), ranks)
    assert label.pair_outcomes == (outcome,)
    assert label.resolved_by == "majority"
    assert label.ranks == {1: (1, 2), 0: (1, 1), -1: (2, 1), None: None}[outcome]


def test_majorities_that_run_in_a_circle_give_pairs_but_no_ranking():
    label = resolve(marks(3, 3), [[1, 2, 3], [3, 1, 2], [2, 3, 1]])
    assert label.pair_outcomes == (1, -1, 1)
    assert label.ranks is None


def test_ties_that_do_not_carry_over_give_no_ranking():
    # The first ties the second, the second the third, yet the first beats the third.
    label = resolve(marks(3, 3), [[1, 1, 2], [1, 2, 2], [2, 2, 2]])
    assert label.pair_outcomes == (0, 1, 0)
    assert label.ranks is None


def test_one_unresolved_pair_is_enough_for_no_ranking():
    label = resolve(marks(2, 3), [[1, 2, 3], [2, 1, 3]])
    assert label.pair_outcomes == (None, 1, 1)
    assert label.ranks is None


@any_k
def test_a_ranking_exists_exactly_when_some_ranks_give_these_outcomes(k):
    rankings = {
        tuple(outcomes_from_ranks(ranks).tolist()): dense(ranks)
        for ranks in product(range(1, k + 1), repeat=k)
    }
    assert len(rankings) == {2: 3, 3: 13, 4: 75}[k]  # the weak orders of k
    for outcomes in product((1, 0, -1, None), repeat=len(pairs_of(k))):
        assert ranking_of(outcomes, k) == rankings.get(outcomes)


def test_mean_scores_are_per_candidate_and_dimension_over_those_who_scored_it():
    scores = [[[4, 2, NAN], [1, 1, NAN]], [[3, 2, 1], [1, NAN, NAN]]]
    label = resolve(scores, [[1, 2], [1, 2]])
    np.testing.assert_array_equal(label.mean_scores, [[3.5, 2, 1], [1, 1, NAN]])


def test_an_adjudicated_answer_replaces_pairs_and_ranking_but_not_scores():
    scores, ranks = marks(2, 3, best_first=1), [[1, 2, 3], [1, 2, 3]]
    label = resolve(scores, ranks, adjudicated_ranks=[3, 1, 1])
    assert label.pair_outcomes == (-1, -1, 0)
    assert label.ranks == (2, 1, 1)
    assert label.resolved_by == "adjudication"
    np.testing.assert_array_equal(label.mean_scores, resolve(scores, ranks).mean_scores)
    assert label.n_conflicts == 2


def test_an_adjudication_needs_no_judgment():
    label = resolve(np.empty((0, 2, 2)), np.empty((0, 2), dtype=int), adjudicated_ranks=[1, 2])
    assert (label.pair_outcomes, label.ranks, label.n_conflicts) == ((1,), (1, 2), 0)
    assert np.isnan(label.mean_scores).all()


def test_an_adjudication_settles_what_the_majority_could_not():
    assert resolve(marks(2), [[1, 2], [2, 1]]).ranks is None
    assert resolve(marks(2), [[1, 2], [2, 1]], adjudicated_ranks=[1, 1]).ranks == (1, 1)


@pytest.mark.parametrize(
    ("outcome", "first", "second", "conflicts"),
    [
        (1, [4, 4], [3, 3], 0),
        (1, [3, 3], [4, 4], 1),
        (-1, [4, 1], [1, 3], 1),
        (-1, [1, 3], [4, 1], 0),
        (1, [4, 1], [1, 4], 0),  # equal sums name no winner
        (0, [4, 4], [1, 1], 0),  # a tie names none either
        (None, [4, 4], [1, 1], 0),
        (-1, [4, NAN], [1, 1], 0),
    ],
)
def test_a_conflict_is_a_pair_with_two_different_winners(outcome, first, second, conflicts):
    assert n_conflicts((outcome,), [first, second]) == conflicts


def test_rounding_of_means_is_no_conflict():
    # Thirds that sum to 8/3 on both sides, in floats by 4e-16 more for the second.
    scores = [[[1, 1], [2, 1]], [[1, 1], [2, 1]], [[2, 2], [1, 1]]]
    label = resolve(scores, [[1, 2]] * 3)
    first, second = label.mean_scores.sum(axis=1)
    assert 0 < second - first < 1e-15
    assert outcomes_from_scores(label.mean_scores) == (0,)
    assert label.n_conflicts == 0


def test_a_difference_of_one_point_among_many_judges_is_seen():
    scores = np.full((100, 2, 2), 3.0)
    scores[0, 0, 0] = 4
    assert outcomes_from_scores(resolve(scores, [[2, 1]] * 100).mean_scores) == (1,)
    assert resolve(scores, [[2, 1]] * 100).n_conflicts == 1


def test_conflicts_are_counted_per_pair():
    label = resolve(marks(3, 4, best_first=1), [[4, 3, 2, 1]] * 3)
    assert label.n_conflicts == 6
    assert label.ranks == (4, 3, 2, 1)


def test_missing_scores_have_no_sign():
    assert outcomes_from_scores([[4, NAN], [1, 1], [2, 1]]) == (None, None, -1)
    assert outcomes_from_scores(np.empty((2, 0))) == (None,)


@given(judged(), st.randoms(use_true_random=False))
def test_the_order_of_judgments_changes_nothing(case, random):
    scores, ranks = case
    order = random.sample(range(len(ranks)), len(ranks))
    before, after = resolve(scores, ranks), resolve(scores[order], ranks[order])
    assert (after.pair_outcomes, after.ranks) == (before.pair_outcomes, before.ranks)
    assert after.n_conflicts == before.n_conflicts
    np.testing.assert_allclose(after.mean_scores, before.mean_scores)


@given(judged(), st.randoms(use_true_random=False))
def test_the_order_of_candidates_carries_through(case, random):
    scores, ranks = case
    k = ranks.shape[1]
    order = random.sample(range(k), k)
    before, after = resolve(scores, ranks), resolve(scores[:, order], ranks[:, order])
    for (i, j), outcome in zip(pairs_of(k), after.pair_outcomes, strict=True):
        a, b = order[i], order[j]
        old = before.pair_outcomes[pairs_of(k).index((min(a, b), max(a, b)))]
        assert outcome == (old if a < b or old is None else -old)
    assert after.ranks == (before.ranks and tuple(before.ranks[i] for i in order))
    assert after.n_conflicts == before.n_conflicts


@given(judged())
def test_a_ranking_gives_back_the_outcomes_it_came_from(case):
    label = resolve(*case)
    assert len(label.pair_outcomes) == len(pairs_of(case[1].shape[1]))
    if label.ranks is not None:
        assert tuple(outcomes_from_ranks(label.ranks).tolist()) == label.pair_outcomes
        assert dense(label.ranks) == label.ranks
    else:
        assert len(case[1]) > 1


@pytest.mark.parametrize(
    ("scores", "ranks", "options", "message"),
    [
        (marks(1), [[1, 2, 3]], {}, r"not \(1, 2, 2\) and \(1, 3\)"),
        (marks(2), [[1, 2]], {}, "scores must have the shape"),
        (np.ones((1, 2)), [[1, 2]], {}, "scores must have the shape"),
        (marks(1), [1, 2], {}, "ranks"),
        (marks(1, 5), [[1, 2, 3, 4, 5]], {}, "2 to 4 candidates, not 5"),
        (marks(1, 1), [[1]], {}, "2 to 4 candidates, not 1"),
        (marks(1), [[0, 1]], {}, "ranks must be whole numbers from 1"),
        (marks(1), [[1.5, 1]], {}, "ranks must be whole numbers"),
        (marks(1) * np.inf, [[1, 2]], {}, "scores must be finite"),
        (np.empty((0, 2, 1)), np.empty((0, 2), int), {}, "nothing to resolve"),
        (marks(1), [[1, 2]], {"adjudicated_ranks": [1, 2, 3]}, "must rank 2 candidates"),
        (marks(1), [[1, 2]], {"adjudicated_ranks": [0, 1]}, "adjudicated_ranks must be whole"),
    ],
)
def test_what_is_no_comparison_is_refused_by_name(scores, ranks, options, message):
    with pytest.raises(ValueError, match=message):
        resolve(scores, ranks, **options)
