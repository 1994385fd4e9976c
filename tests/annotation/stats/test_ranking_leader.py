"""How few votes decide who is first."""

from itertools import combinations

import numpy as np
import pytest

from annotation.stats.ranking import Unbounded, davidson, votes_to_flip_leader
from tests.annotation.stats.votes_of_pairs import simulated, spelled


def without(votes, removed):
    """Return the votes left, after checking that the removed ones are there."""
    i, j, outcome = votes
    keep = np.ones(len(i), dtype=bool)
    for vote in removed:
        same = (i == vote.i) & (j == vote.j) & (outcome == vote.outcome)
        turned = (i == vote.j) & (j == vote.i) & (outcome == -vote.outcome)
        found = np.flatnonzero(keep & (same | turned))
        assert len(found) >= vote.n_votes
        keep[found[: vote.n_votes]] = False
    return i[keep], j[keep], outcome[keep]


def test_of_two_items_the_lead_goes_with_the_surplus_of_wins_and_one():
    found = votes_to_flip_leader(*spelled({(0, 1): (30, 25, 0)}), 2, model="bradley_terry")
    assert (found.leader, found.new_leader, found.n_votes) == (0, 1, 6)
    assert found.exact
    assert found.share == pytest.approx(6 / 55)
    (kind,) = found.removed
    assert (kind.i, kind.j, kind.outcome, kind.n_votes) == (0, 1, 1, 6)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("model", ["davidson", "rao_kupper"])
def test_the_ranking_without_the_votes_has_the_new_leader(seed, model):
    votes = simulated(seed=seed, n_votes=300)[:3]
    found = votes_to_flip_leader(*votes, 6, model=model, budget=0)
    before = davidson(*votes, 6).strengths
    assert found.n_votes == sum(vote.n_votes for vote in found.removed)
    if model == "davidson":
        assert found.leader == before.argmax()
        after = davidson(*without(votes, found.removed), 6).strengths
        assert found.new_leader == after.argmax() != found.leader
    assert found.new_leader != found.leader
    assert not found.exact or found.n_votes == 1


def fewest(votes, n_items, limit):
    """Return the fewest votes whose removal changes the leader, by trying all subsets."""
    leader = davidson(*votes, n_items).strengths.argmax()
    n = len(votes[0])
    for size in range(1, limit + 1):
        for gone in combinations(range(n), size):
            left = np.delete(np.stack(votes), gone, axis=1)
            try:
                strengths = davidson(*left, n_items).strengths
            except Unbounded:
                continue
            others = np.delete(strengths, leader)
            if others.max() - strengths[leader] > 1e-9:
                return size
    return None


@pytest.mark.parametrize("seed", [0, 1, 2, 4])
def test_an_exact_answer_is_the_smallest_of_all_removals(seed):
    votes = simulated(3, 20, seed=seed)[:3]
    found = votes_to_flip_leader(*votes, 3)
    smallest = fewest(votes, 3, 2)
    assert found.exact
    if smallest is None:
        assert found.n_votes is None or found.n_votes > 2
    else:
        assert found.n_votes == smallest


def test_an_order_on_the_screen_is_told_with_the_votes():
    i, j, outcome, first = simulated(n_votes=300, effect=0.5)
    found = votes_to_flip_leader(i, j, outcome, 6, first_shown=first)
    assert all(vote.first_shown in (vote.i, vote.j) for vote in found.removed)
    keep = np.ones(len(i), dtype=bool)
    for vote in found.removed:
        same = (i == vote.i) & (j == vote.j) & (outcome == vote.outcome)
        same |= (i == vote.j) & (j == vote.i) & (outcome == -vote.outcome)
        keep[np.flatnonzero(same & (first == vote.first_shown) & keep)[: vote.n_votes]] = False
    assert (~keep).sum() == found.n_votes
    parts = (i[keep], j[keep], outcome[keep])
    after = davidson(*parts, 6, first_shown=first[keep]).strengths
    assert after.argmax() == found.new_leader != found.leader


def test_a_shared_lead_needs_no_vote():
    found = votes_to_flip_leader(*spelled({(0, 1): (5, 5, 2)}), 2)
    assert (found.leader, found.n_votes, found.removed) == (None, 0, ())


def test_bad_votes_are_refused():
    with pytest.raises(Unbounded, match="never lost"):
        votes_to_flip_leader([0], [1], [1], 2)
    with pytest.raises(ValueError, match="takes no ties"):
        votes_to_flip_leader([0], [1], [0], 2, model="bradley_terry")
