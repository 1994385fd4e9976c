import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.stats.agreement import raw_agreement
from annotation.stats.annotators import agreement_with_others
from annotation.stats.intervals import clustered_share, wilson

some_votes = st.dictionaries(
    st.tuples(st.integers(0, 8), st.sampled_from("abcd")), st.integers(-1, 1), max_size=36
)


def columns(votes):
    """Return (unit, rater, value) of {(unit, rater): value}."""
    units, raters = zip(*votes, strict=True) if votes else ((), ())
    return np.array(units), np.array(raters), np.array(list(votes.values()))


def test_each_vote_counts_by_the_share_of_others_that_match_it():
    unit = [1, 1, 1, 2, 2, 3]
    rater = ["ann", "ben", "cyd", "ann", "ben", "ann"]
    value = [4, 4, 2, 1, 3, 2]
    ann, ben, cyd = agreement_with_others(unit, rater, value)
    assert (ann.rater, ann.share, ann.n) == ("ann", 0.25, 2)  # (1/2 + 0) / 2; unit 3 is hers alone
    assert (ben.rater, ben.share, ben.n) == ("ben", 0.25, 2)
    assert (cyd.rater, cyd.share, cyd.n) == ("cyd", 0, 1)
    assert (ann.low, ann.high) == wilson(0.5, 2)


def test_a_rater_nobody_overlaps_with_has_no_share():
    (only,) = agreement_with_others([1, 2], ["ann", "ann"], [1, 1])
    assert only == ("ann", None, None, None, 0)


def test_no_votes_have_no_raters():
    assert agreement_with_others([], [], []) == []


def test_unanimous_raters_match_every_time():
    found = agreement_with_others([1, 1, 1, 2, 2, 2], list("abcabc"), [1, 1, 1, 3, 3, 3])
    assert [row.share for row in found] == [1, 1, 1]
    assert [row[2:4] for row in found] == [wilson(2, 2)] * 3


@given(some_votes)
def test_the_shares_weighted_by_votes_are_the_raw_agreement(votes):
    unit, rater, value = columns(votes)
    found = agreement_with_others(unit, rater, value)
    ratings = np.full((4, 9), np.nan)
    for (u, r), v in votes.items():
        ratings["abcd".index(r), u] = v
    n_votes = sum(row.n for row in found)
    together = sum(row.share * row.n for row in found if row.n)
    expected = raw_agreement(ratings)
    assert (together / n_votes if n_votes else None) == (
        None if expected is None else pytest.approx(expected)
    )


@given(some_votes, st.randoms(use_true_random=False))
def test_the_order_of_votes_and_the_names_of_values_change_nothing(votes, random):
    unit, rater, value = columns(votes)
    order = random.sample(range(len(value)), len(value))
    renamed = np.array(["first", "tie", "second"])[value.astype(int)]
    before = agreement_with_others(unit, rater, value)
    after = agreement_with_others(unit[order], rater[order], renamed[order])
    assert [(row.rater, row.n) for row in after] == [(row.rater, row.n) for row in before]
    for old, new in zip(before, after, strict=True):
        assert new.share == (None if old.share is None else pytest.approx(old.share))


def by_source(value, sources, **settings):
    """Return ann's agreement with ben, who always says 1, over one unit for each value."""
    units = np.arange(len(value))
    found = agreement_with_others(
        np.tile(units, 2),
        ["ann"] * len(units) + ["ben"] * len(units),
        [*value, *np.ones(len(units))],
        clusters=np.tile(sources, 2),
        **settings,
    )
    return found[0]


def test_the_interval_over_sources_is_that_of_their_sums():
    rng = np.random.default_rng(0)
    value, sources = rng.integers(0, 2, 60), rng.integers(0, 12, 60)
    found = by_source(value, sources, seed=7)
    expected = clustered_share(value, clusters=sources, seed=7)
    assert found[1:4] == pytest.approx(expected[:3])
    assert found.n == 60


def test_votes_that_repeat_within_a_source_do_not_narrow_the_interval():
    once = by_source([1, 0, 1, 1, 0, 1, 1, 1], np.arange(8))
    often = by_source(np.repeat([1, 0, 1, 1, 0, 1, 1, 1], 50), np.repeat(np.arange(8), 50))
    assert often[1:4] == pytest.approx(once[1:4])
    as_if_independent = wilson(300, 400)
    assert often.high - often.low > 4 * (as_if_independent[1] - as_if_independent[0])


@pytest.mark.parametrize("share", [0, 1])
def test_votes_that_all_match_are_as_many_trials_as_sources(share):
    found = by_source(np.full(12, share), np.repeat([5, 7, 9], 4))
    assert found[1:] == (share, *wilson(3 * share, 3), 12)


@pytest.mark.parametrize("value", [[1, 1, 1], [1, 0, 1]])
def test_one_source_has_no_interval(value):
    assert by_source(value, [4, 4, 4])[2:4] == (None, None)


def test_sources_of_another_number_are_refused():
    with pytest.raises(ValueError, match="one cluster for each of the 2 units"):
        agreement_with_others([1, 1], ["a", "b"], [1, 1], clusters=[1])


def test_a_million_votes_are_compared():
    unit, rater = np.divmod(np.arange(1_000_000), 4)
    found = agreement_with_others(unit, rater, (rater == 3).astype(int), clusters=unit // 6)
    assert [row.share for row in found] == pytest.approx([2 / 3] * 3 + [0])


@pytest.mark.parametrize(
    ("unit", "rater", "value", "message"),
    [
        ([1, 2], ["a"], [1], "equally long, not 2, 1 and 1"),
        ([[1]], ["a"], [1], "unit must have the shape"),
        ([1], ["a"], [np.nan], "value must not be NaN"),
        ([1, 1], ["a", "a"], [1, 2], "two votes on one unit"),
    ],
)
def test_bad_votes_are_refused_by_name(unit, rater, value, message):
    with pytest.raises(ValueError, match=message):
        agreement_with_others(unit, rater, value)
