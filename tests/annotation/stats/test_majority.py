import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.stats.annotators import majority_vote

UNIT = list("aaabbccd")
LABEL = [1, 1, 0, 2, 0, 2, 2, 1]  # a: 1; b: 0 or 2; c: 2; d: 1

some_votes = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 2)), min_size=1, max_size=30)


@pytest.mark.parametrize(
    ("ties", "winner", "weights"),
    [
        ("unresolved", -1, [0, 0, 0]),
        ("lowest", 0, [1, 0, 0]),
        ("share", -1, [0.5, 0, 0.5]),
    ],
)
def test_a_tie_goes_where_the_rule_says(ties, winner, weights):
    found = majority_vote(UNIT, LABEL, 3, ties=ties)
    assert found.winners.tolist() == [1, winner, 2, 1]
    assert found.weights.tolist() == [[0, 1, 0], weights, [0, 0, 1], [0, 1, 0]]
    assert found.n_ties == 1


def test_random_ties_fall_on_each_leader_equally_often_and_by_seed():
    unit, label = np.repeat(np.arange(4000), 4), np.tile([0, 0, 2, 2], 4000)
    found = majority_vote(unit, label, 3, ties="random", seed=1)
    assert found.n_ties == 4000
    assert set(found.winners.tolist()) == {0, 2}
    assert (found.winners == 0).mean() == pytest.approx(0.5, abs=0.03)
    again = majority_vote(unit, label, 3, ties="random", seed=1)
    assert (again.winners == found.winners).all()
    other = majority_vote(unit, label, 3, ties="random", seed=2)
    assert (other.winners != found.winners).any()


def test_most_votes_win_without_being_more_than_half():
    found = majority_vote([1] * 5, [0, 0, 1, 2, 3], 4)
    assert (found.winners.tolist(), found.n_ties) == ([0], 0)


def test_no_votes_have_no_units():
    found = majority_vote([], [], 3)
    assert (found.winners.shape, found.weights.shape, found.n_ties) == ((0,), (0, 3), 0)


@given(
    some_votes, st.randoms(use_true_random=False), st.sampled_from(["random", "share", "lowest"])
)
def test_the_order_of_votes_changes_nothing(votes, random, ties):
    unit, label = zip(*votes, strict=True)
    unit_2, label_2 = zip(*random.sample(votes, len(votes)), strict=True)
    before = majority_vote(unit, label, 3, ties=ties, seed=4)
    after = majority_vote(unit_2, label_2, 3, ties=ties, seed=4)
    assert (after.winners == before.winners).all()
    assert (after.weights == before.weights).all()


@given(some_votes)
def test_winners_have_as_many_votes_as_any_class(votes):
    unit, label = (np.array(column) for column in zip(*votes, strict=True))
    for ties in ("lowest", "random"):
        found = majority_vote(unit, label, 3, ties=ties)
        for name, winner in zip(np.unique(unit), found.winners, strict=True):
            own = label[unit == name].tolist()
            assert own.count(winner) == max(own.count(value) for value in range(3))
    share = majority_vote(unit, label, 3, ties="share")
    assert share.weights.sum(axis=1) == pytest.approx(1)
    assert share.n_ties == (share.winners == -1).sum()


@pytest.mark.parametrize(
    ("unit", "label", "ties", "message"),
    [
        ([1], [0], "first", "ties must be one of unresolved, lowest, random, share"),
        ([1, 2], [0], "lowest", "unit and label must be equally long, not 2 and 1"),
        ([1], [3], "lowest", "label must lie between 0 and 2"),
        ([np.nan], [0], "lowest", "unit must not be NaN"),
    ],
)
def test_bad_votes_are_refused_by_name(unit, label, ties, message):
    with pytest.raises(ValueError, match=message):
        majority_vote(unit, label, 3, ties=ties)


def test_a_million_votes_are_counted():
    rng = np.random.default_rng(0)
    unit = rng.permutation(np.repeat(np.arange(200_000), 5))
    found = majority_vote(unit, unit % 4, 4)
    assert (found.winners == np.arange(200_000) % 4).all()
