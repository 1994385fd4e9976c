"""When the wanted judgments will be there."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from annotation.dashboards.forecast import FEWEST_DAYS, N_DAYS, forecast

TODAY = date(2026, 3, 20)


def days(*counts):
    """Consecutive days up to yesterday."""
    first = TODAY - timedelta(days=len(counts))
    return [(first + timedelta(days=n), count) for n, count in enumerate(counts)]


def test_an_even_pace_gives_one_date_without_a_spread():
    found = forecast(days(10, 10, 10, 10), 45, TODAY)
    expected = TODAY + timedelta(days=5)
    assert (found.per_day, found.n_days) == (10, 4)
    assert (found.low, found.done, found.high) == (expected, expected, expected)


def test_days_without_work_count_and_those_before_the_first_answer_do_not():
    found = forecast(days(0, 0, 0, 20, 0, 10), 30, TODAY)
    assert (found.per_day, found.n_days) == (10, 3)
    assert found.done == TODAY + timedelta(days=3)


def test_today_is_left_out_since_it_is_not_over():
    whole = forecast(days(10, 12, 14), 50, TODAY)
    assert forecast([*days(10, 12, 14), (TODAY, 1)], 50, TODAY) == whole


def test_only_the_last_days_tell_the_pace():
    assert forecast(days(500, *[4] * N_DAYS), 8, TODAY).per_day == 4


def test_with_nothing_left_or_too_few_days_the_reason_is_given():
    assert forecast(days(5, 5, 5), 0, TODAY).why == "all wanted judgments are there"
    early = forecast(days(*[9] * (FEWEST_DAYS - 1)), 10, TODAY)
    assert (early.done, early.per_day) == (None, None)
    assert "3 whole days" in early.why
    assert forecast([], 10, TODAY).done is None


def test_rare_work_has_no_upper_end():
    found = forecast(days(6, 0, 0, 0), 6, TODAY)
    assert found.low <= found.done
    assert found.high is None


@given(st.lists(st.integers(0, 50), min_size=3, max_size=20), st.integers(1, 1000))
def test_the_interval_holds_the_forecast(counts, n_left):
    found = forecast(days(*counts), n_left, TODAY)
    if found.done is not None:
        assert TODAY < found.low <= found.done
        assert found.high is None or found.done <= found.high
