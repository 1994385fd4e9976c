import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import entropy

from annotation.stats.votes import entropies, vote_entropy

FIRST, TIE, SECOND = [1, 2], [1, 1], [2, 1]
rankings = st.tuples(st.integers(2, 7), st.integers(2, 4)).flatmap(
    lambda shape: arrays(np.int64, shape, elements=st.integers(1, shape[1]))
)


@pytest.mark.parametrize(
    ("ranks", "expected"),
    [
        ([FIRST, FIRST, FIRST], 0),
        ([TIE, TIE], 0),
        ([FIRST, TIE, SECOND], 1),
        ([FIRST, SECOND], np.log(2) / np.log(3)),
        ([FIRST, TIE], np.log(2) / np.log(3)),
        ([FIRST, FIRST, SECOND, SECOND], np.log(2) / np.log(3)),
        ([FIRST, FIRST, SECOND], (np.log(3) - 2 / 3 * np.log(2)) / np.log(3)),
    ],
)
def test_disagreement_is_the_entropy_of_first_tie_and_second(ranks, expected):
    assert vote_entropy(ranks) == pytest.approx(expected, abs=1e-12)


def test_more_candidates_have_the_mean_over_pairs():
    # Only the pair of the second and third is disputed, one against one.
    assert vote_entropy([[1, 2, 3], [1, 3, 2]]) == pytest.approx(np.log(2) / np.log(3) / 3)


@pytest.mark.parametrize("ranks", [np.empty((0, 2), dtype=int), [FIRST], [[1, 2, 3, 4]]])
def test_fewer_than_two_votes_cannot_disagree(ranks):
    assert vote_entropy(ranks) is None


@given(rankings)
def test_disagreement_lies_between_unanimous_and_even(ranks):
    value = vote_entropy(ranks)
    assert 0 <= value <= 1
    unanimous = (
        np.sign(ranks[:, :, None] - ranks[:, None]) == np.sign(ranks[0][:, None] - ranks[0])
    ).all()
    assert (value == 0) == unanimous


@given(rankings, st.randoms(use_true_random=False))
def test_the_order_of_people_and_candidates_changes_nothing(ranks, random):
    n, k = ranks.shape
    shuffled = ranks[random.sample(range(n), n)][:, random.sample(range(k), k)]
    assert vote_entropy(shuffled) == pytest.approx(vote_entropy(ranks), abs=1e-12)


@given(arrays(np.int64, (5, 3), elements=st.integers(0, 9)))
def test_entropies_agree_with_another_implementation(counts):
    for row, value in zip(counts, entropies(counts), strict=True):
        if row.sum() < 2:
            assert np.isnan(value)
        else:
            assert value == pytest.approx(entropy(row, base=3), abs=1e-12)


@pytest.mark.parametrize("ranks", [[1, 2], [[1], [1]], np.ones((2, 2, 2))])
def test_ranks_of_another_shape_are_refused(ranks):
    with pytest.raises(ValueError, match="ranks must have the shape"):
        vote_entropy(ranks)


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        (3, "two outcomes"),
        ([[1]], "two outcomes"),
        ([1, -1], "negative"),
        ([1, np.nan], "negative"),
    ],
)
def test_bad_counts_are_refused_by_name(counts, message):
    with pytest.raises(ValueError, match=message):
        entropies(counts)
