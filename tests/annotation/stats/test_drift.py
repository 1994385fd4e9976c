"""EWMA and CUSUM of correctness: recursions by hand, limits, and how often they signal."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.stats.annotators import cusum, ewma

answers = st.lists(st.booleans(), max_size=60)


def test_the_average_follows_its_recursion():
    """From .8 with weight .5: right .9, wrong .45, wrong .225."""
    found = ewma([1, 0, 0], target=0.8, weight=0.5)
    assert found.series == pytest.approx([0.9, 0.45, 0.225])


def test_the_average_of_the_nist_handbook():
    """NIST/SEMATECH e-Handbook, 6.3.2.4, weight .3 about 50; mapped from 40 .. 60 to shares."""
    x = "52.0 47.0 53.0 49.3 50.1 47.0 51.0 50.1 51.2 50.5 49.6 47.6 49.9 51.3 47.8 51.2 52.6 52.4"
    z = "50.60 49.52 50.56 50.18 50.16 49.21 49.75 49.85 50.26 50.33 50.11 49.36 49.52 50.05 49.38"
    found = ewma((np.array(x.split(), float) - 40) / 20, target=0.5, weight=0.3)
    expected = [*map(float, z.split()), 49.92, 50.73, 51.23]
    assert 40 + 20 * found.series == pytest.approx(expected, abs=0.006)


def test_the_limits_open_up_to_the_standard_deviation_of_the_average():
    found = ewma([1] * 400, target=0.5, weight=0.2, width=2)
    spread = 0.5 * np.sqrt(0.2 / 1.8)
    assert (found.low[-1], found.high[-1]) == pytest.approx((0.5 - 2 * spread, 0.5 + 2 * spread))
    first = 2 * 0.5 * 0.2  # one answer moves the average by weight times its own spread
    assert found.high[0] == pytest.approx(0.5 + first)
    assert (np.diff(found.high) >= 0).all()


def test_shares_of_agreement_may_stand_for_right_and_wrong():
    found = ewma([0.25, 1.0], target=0.5, weight=1)
    assert found.series.tolist() == [0.25, 1.0]


@given(answers)
def test_the_average_stays_between_the_answers_and_the_target(correct):
    series = ewma(correct, target=0.7).series
    assert ((series >= 0) & (series <= 1)).all()
    assert len(series) == len(correct)


@pytest.mark.parametrize("chart", [ewma, cusum])
def test_a_fall_is_seen_soon_and_steadiness_is_not(chart):
    how = {"target": 0.9} if chart is ewma else {"p0": 0.9, "p1": 0.6}
    steady = [1, 1, 1, 1, 0, 1, 1, 1, 1, 1] * 10
    fallen = steady + [1, 0] * 50
    assert chart(steady, **how).first_signal is None
    assert 100 <= chart(fallen, **how).first_signal <= 130


def test_the_sum_follows_its_recursion_and_never_falls_below_zero():
    right, wrong = np.log(0.5 / 0.8), np.log(0.5 / 0.2)
    found = cusum([1, 0, 0, 1], p0=0.8, p1=0.5)
    assert found.series == pytest.approx([0, wrong, 2 * wrong, 2 * wrong + right])


@given(answers)
def test_the_first_signal_is_where_the_series_first_meets_its_limit(correct):
    found = cusum(correct, p0=0.8, p1=0.5, run_length=20)
    over = np.flatnonzero(found.series >= found.high)
    assert found.first_signal == (int(over[0]) if len(over) else None)


def test_false_signals_are_no_more_frequent_than_promised():
    """Wald's approximation is on the safe side: runs at p0 last at least as long as asked for."""
    rng = np.random.default_rng(1)
    lengths = []
    for _ in range(200):
        signal = cusum(rng.random(3000) < 0.8, p0=0.8, p1=0.6, run_length=200).first_signal
        lengths.append(3000 if signal is None else signal + 1)
    assert 200 <= np.mean(lengths) <= 800


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ewma([1], target=1.0), "target must lie between"),
        (lambda: ewma([1], target=0.5, weight=0), "weight must lie above 0"),
        (lambda: ewma([1], target=0.5, width=np.inf), "width must be positive"),
        (lambda: ewma([2], target=0.5), "correct"),
        (lambda: ewma([np.nan], target=0.5), "correct"),
        (lambda: cusum([1], p0=0.5, p1=0.8), "0 < p1 < p0 < 1"),
        (lambda: cusum([1], p0=0.8, p1=0.5, run_length=1), "run_length"),
        (lambda: cusum([0.5], p0=0.8, p1=0.5), "correct"),
    ],
)
def test_bad_input_is_refused_by_name(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_a_million_answers_are_charted():
    correct = np.random.default_rng(0).random(1_000_000) < 0.9
    assert ewma(correct, target=0.9).series.mean() == pytest.approx(0.9, abs=0.002)
    assert len(cusum(correct, p0=0.9, p1=0.8).series) == 1_000_000


def test_no_answers_give_no_signal():
    assert ewma([], target=0.5).first_signal is None
    assert cusum([], p0=0.8, p1=0.5).first_signal is None
