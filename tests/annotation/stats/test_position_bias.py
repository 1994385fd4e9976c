import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotation.stats.annotators import left_shares
from annotation.stats.binomial import clopper_pearson
from annotation.stats.intervals import wilson
from annotation.stats.position_bias import fit_beta_binomial

some_verdicts = st.lists(st.tuples(st.sampled_from("abcd"), st.booleans()), max_size=60)


def verdicts(**counts):
    """Return (rater, chose_left) from name = (n_left, n)."""
    rater = [name for name, (_, n) in counts.items() for _ in range(n)]
    left = [i < k for k, n in counts.values() for i in range(n)]
    return rater, left


def test_a_person_has_share_intervals_and_exact_p():
    found = left_shares(*verdicts(ben=(540, 1000), ann=(60, 100)))
    ann, ben = found
    assert (ann.rater, ann.n_left, ann.n, ann.share) == ("ann", 60, 100, 0.6)
    assert (ann.low, ann.high) == wilson(60, 100)
    assert (ann.exact_low, ann.exact_high) == clopper_pearson(60, 100)
    assert [row.p for row in found] == pytest.approx([0.057, 0.012], abs=5e-4)
    assert ben.q == pytest.approx(2 * ben.p)
    assert ann.q == ann.p


def test_shares_are_drawn_towards_what_people_have_in_common():
    counts = {f"r{n}": (45 + n % 11, 100) for n in range(30)} | {"few": (9, 10)}
    found = {row.rater: row for row in left_shares(*verdicts(**counts))}
    few = found["few"]
    assert 0.48 < few.shrunk < 0.6
    assert few.shrunk_low < few.shrunk < few.shrunk_high
    assert few.shrunk_high - few.shrunk_low < few.high - few.low


def test_a_real_habit_survives_shrinking():
    counts = {f"r{n}": (50, 100) for n in range(10)} | {"habit": (900, 1000)}
    found = {row.rater: row for row in left_shares(*verdicts(**counts))}
    assert found["habit"].shrunk_low > 0.85
    assert found["habit"].q < 1e-6
    assert found["r0"].q == 1


def test_one_person_has_nothing_to_be_shrunk_to():
    (only,) = left_shares(["ann"] * 4, [1, 0, 1, 1])
    assert (only.share, only.shrunk, only.shrunk_low, only.shrunk_high) == (0.75, None, None, None)


def test_no_verdicts_have_no_raters():
    assert left_shares([], []) == []


def test_the_spread_of_people_is_recovered():
    rng = np.random.default_rng(1)
    n = rng.integers(20, 200, 3000)
    prior = fit_beta_binomial(rng.binomial(n, rng.beta(12, 8, 3000)), n)
    assert prior.mean == pytest.approx(0.6, abs=0.01)
    assert prior.weight == pytest.approx(20, rel=0.12)


def test_the_fit_is_at_least_as_likely_as_any_beta_of_a_grid():
    """Beta-binomial chances as products: a (a + 1) ... over n (n + 1) ..., counted up."""
    k, n = np.array([3, 9, 5, 12, 7]), np.array([10, 12, 11, 15, 20])

    def log_chance(mean, weight):
        a, b = mean * weight, (1 - mean) * weight
        return sum(
            np.log(a + np.arange(hits)).sum()
            + np.log(b + np.arange(trials - hits)).sum()
            - np.log(weight + np.arange(trials)).sum()
            for hits, trials in zip(k, n, strict=True)
        )

    best = log_chance(*fit_beta_binomial(k, n))
    grid = [
        log_chance(m, w) for m in np.linspace(0.05, 0.95, 91) for w in np.geomspace(0.2, 1e4, 60)
    ]
    assert best >= max(grid) - 1e-9


def test_people_who_differ_by_chance_alone_are_taken_for_one():
    n = np.full(200, 400)
    k = np.tile([198, 200, 202, 200], 50)  # less spread than chance gives
    prior = fit_beta_binomial(k, n)
    assert prior.mean == pytest.approx(0.5, abs=1e-3)
    assert prior.weight > 1e5


@pytest.mark.parametrize("left", [0, 1])
def test_people_who_never_vary_still_have_shrunk_shares(left):
    found = left_shares(*verdicts(ann=(5 * left, 5), ben=(20 * left, 20)))
    for row in found:
        assert row.share == left
        assert row.shrunk_low <= row.shrunk <= row.shrunk_high
        assert row.shrunk == pytest.approx(left, abs=0.1)


@settings(deadline=None)
@given(some_verdicts)
def test_swapping_sides_mirrors_everything(rows):
    rater, left = [row[0] for row in rows], [row[1] for row in rows]
    there, back = left_shares(rater, left), left_shares(rater, [not one for one in left])
    for one, other in zip(there, back, strict=True):
        assert other.share == pytest.approx(1 - one.share)
        assert (other.low, other.high) == pytest.approx((1 - one.high, 1 - one.low))
        assert (other.p, other.q) == pytest.approx((one.p, one.q))
        if one.shrunk is not None:
            assert other.shrunk == pytest.approx(1 - one.shrunk, abs=2e-3)


@pytest.mark.parametrize(
    ("rater", "left", "message"),
    [
        (["a"], [0.5], "chose_left must be yes or no"),
        (["a"], [np.nan], "chose_left must be yes or no"),
        (["a"], ["left"], "chose_left must hold numbers"),
        (["a", "b"], [1], "rater and chose_left must be equally long, not 2 and 1"),
        ([np.nan], [1], "rater must not be NaN"),
    ],
)
def test_bad_verdicts_are_refused_by_name(rater, left, message):
    with pytest.raises(ValueError, match=message):
        left_shares(rater, left)


@pytest.mark.parametrize(
    ("k", "n"), [([1], [2]), ([1, 3], [2, 2]), ([0, 0], [0, 2]), ([1, 1], [2])]
)
def test_people_without_trials_are_refused(k, n):
    with pytest.raises(ValueError, match="need"):
        fit_beta_binomial(k, n)


def test_a_million_verdicts_of_five_hundred_people_are_read():
    rng = np.random.default_rng(0)
    rater = rng.integers(500, size=1_000_000)
    found = left_shares(rater, rng.random(1_000_000) < np.where(rater == 7, 0.6, 0.5))
    assert [row.rater for row in found if row.q < 0.01] == [7]
