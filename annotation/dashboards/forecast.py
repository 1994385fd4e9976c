"""When the wanted judgments will be there, at the pace of the last days."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

N_DAYS = 14
FEWEST_DAYS = 3
N_REPLICATES = 2_000
LEVELS = (0.025, 0.975)


@dataclass(frozen=True)
class Forecast:
    """Days until the wanted judgments are there. done, low, high: dates; None = undefined.

    high is None too when some resamples have no answer at all. per_day: judgments, of n_days.
    """

    n_left: int
    per_day: float | None
    n_days: int
    done: date | None
    low: date | None
    high: date | None
    why: str


def forecast(days: Sequence[tuple[date, int]], n_left: int, today: date) -> Forecast:
    """Forecast from answers per day, oldest first, in consecutive days.

    The pace is the mean of the last N_DAYS days, today left out, from the first day with an answer
    on. The interval is 95 % by resampling days with replacement, so days without work count.
    """
    past = [n for day, n in days if day < today][-N_DAYS:]
    first = next((at for at, n in enumerate(past) if n), len(past))
    past = past[first:]
    if not n_left:
        return Forecast(0, None, len(past), None, None, None, "all wanted judgments are there")
    if len(past) < FEWEST_DAYS:
        why = f"before {FEWEST_DAYS} whole days of work"
        return Forecast(n_left, None, len(past), None, None, None, why)
    counts = np.array(past, dtype=float)
    pace = float(counts.mean())
    rng = np.random.default_rng(0)
    drawn = rng.choice(counts, size=(N_REPLICATES, len(counts))).mean(axis=1)
    slow, fast = np.quantile(drawn, LEVELS)
    return Forecast(
        n_left,
        pace,
        len(past),
        today + timedelta(days=_days(n_left, pace)),
        today + timedelta(days=_days(n_left, float(fast))),
        None if slow <= 0 else today + timedelta(days=_days(n_left, float(slow))),
        "",
    )


def _days(n_left: int, pace: float) -> int:
    """Return whole days, at most a hundred years."""
    return int(min(np.ceil(n_left / pace), 36_500))
