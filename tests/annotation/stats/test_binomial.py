from fractions import Fraction
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.stats.binomial import benjamini_hochberg, clopper_pearson, even_odds_p

k_and_n = st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
some_p = st.lists(st.floats(0, 1), max_size=20)


def tail(n, hits, share):
    """Return P(X in hits) of a binomial, in exact fractions."""
    share = Fraction(share)
    return sum(comb(n, i) * share**i * (1 - share) ** (n - i) for i in hits)


@pytest.mark.parametrize(("k", "n", "p"), [(60, 100, 0.057), (540, 1000, 0.012)])
def test_known_left_counts_have_their_p(k, n, p):
    assert even_odds_p(k, n) == pytest.approx(p, abs=5e-4)


@given(k_and_n)
def test_p_is_the_chance_of_a_count_as_unlikely(counts):
    k, n = counts
    as_unlikely = [i for i in range(n + 1) if comb(n, i) <= comb(n, k)]
    assert even_odds_p(k, n) == pytest.approx(float(tail(n, as_unlikely, Fraction(1, 2))))
    assert even_odds_p(k, n) == pytest.approx(even_odds_p(n - k, n))


def test_p_of_no_trials_and_of_an_even_split_is_one():
    assert even_odds_p([0, 5], [0, 10]).tolist() == [1, 1]


def test_a_million_trials_have_the_p_of_the_normal_curve():
    """501,000 lie two standard deviations off; half a count is the correction for continuity."""
    assert even_odds_p(501_000, 1_000_000) == pytest.approx(0.04560, abs=5e-5)


@given(k_and_n)
def test_the_exact_interval_leaves_a_fortieth_on_either_side(counts):
    k, n = counts
    low, high = clopper_pearson(k, n)
    assert low <= k / n <= high
    if k > 0:
        assert float(tail(n, range(k, n + 1), low)) == pytest.approx(0.025)
    if k < n:
        assert float(tail(n, range(k + 1), high)) == pytest.approx(0.025)


def test_the_exact_interval_touches_the_ends_in_closed_form():
    assert clopper_pearson(0, 10) == (0.0, pytest.approx(1 - 0.025 ** (1 / 10)))
    assert clopper_pearson(10, 10) == (pytest.approx(0.025 ** (1 / 10)), 1.0)
    assert clopper_pearson(0, 0) == (0.0, 1.0)


def test_adjusted_p_are_those_computed_by_hand():
    """Sorted: .01 .02 .03 .5 times 4/1 4/2 4/3 4/4 is .04 .04 .04 .5."""
    assert benjamini_hochberg([0.03, 0.5, 0.01, 0.02]) == pytest.approx([0.04, 0.5, 0.04, 0.04])
    assert benjamini_hochberg([0.9, 0.8, 0.001]) == pytest.approx([0.9, 0.9, 0.003])


@given(some_p, st.floats(0.001, 1))
def test_findings_are_those_of_the_step_up_rule(p, level):
    ordered = sorted(p)
    passing = [i for i, value in enumerate(ordered, 1) if value * (len(p) / i) <= level]
    n_findings = max(passing, default=0)
    q = benjamini_hochberg(p)
    assert (q <= level).sum() == n_findings
    assert (q >= np.array(p)).all()


@given(some_p)
def test_smaller_p_never_have_larger_q(p):
    q = benjamini_hochberg(p)
    assert (np.diff(q[np.argsort(p)]) >= 0).all()
    assert ((q >= 0) & (q <= 1)).all()


def test_among_unbiased_people_findings_are_rare():
    rng = np.random.default_rng(0)
    found = [(benjamini_hochberg(rng.random(20)) <= 0.05).any() for _ in range(2000)]
    assert np.mean(found) == pytest.approx(0.05, abs=0.02)


@pytest.mark.parametrize(("k", "n"), [(-1, 2), (3, 2), (0.5, 2), (np.nan, 2), (1, np.inf)])
def test_counts_that_are_none_are_refused(k, n):
    with pytest.raises(ValueError, match="whole numbers 0 <= k <= n"):
        even_odds_p(k, n)
    with pytest.raises(ValueError, match="whole numbers 0 <= k <= n"):
        clopper_pearson(k, n)


@pytest.mark.parametrize("p", [[1.1], [-0.1], [np.nan], 0.5])
def test_p_outside_its_range_are_refused(p):
    with pytest.raises(ValueError, match="numbers between 0 and 1"):
        benjamini_hochberg(p)
