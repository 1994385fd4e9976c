"""Sessions of work: quality by hour, and answers per minute of wall clock."""

from dataclasses import dataclass

import numpy as np

from annotation.quality.selectors.answer_rows import AnswerRows
from annotation.quality.selectors.drift import Series
from annotation.quality.selectors.estimates import Estimate, clustered_estimate
from annotation.quality.selectors.outcomes import FloatArray, IntArray
from annotation.stats.clustered import clustered_shares

# A longer gap between two answers begins a session.
GAP_SECONDS = 30 * 60
HOUR_SECONDS = 3_600
# The last line holds all later hours.
LAST_HOUR = 6
NOT_CHECKED = "None of these answers is a gold, a repeat or compared with others."


@dataclass(frozen=True)
class HourOfSession:
    """The answers of one hour since their session began. hour: from 1; is_last: and later."""

    hour: int
    is_last: bool
    n: int
    median_seconds: float | None
    right: Estimate


@dataclass(frozen=True)
class WallClockPace:
    """Answers per minute that passed between answers of one session.

    per_minute: None when all came at once. most_in_a_minute: the most within any 60 seconds.
    """

    n: int
    minutes: float
    per_minute: float | None
    most_in_a_minute: int


def hours_of_sessions(rows: AnswerRows) -> IntArray:
    """Return (n,) the hour, from 0, that each answer was given in since its session began.

    Sessions are per person: a gap of GAP_SECONDS or more begins a new one.
    """
    order = np.lexsort((rows.at, rows.annotator))
    at, person = rows.at[order], rows.annotator[order]
    begins = np.ones(len(order), dtype=bool)
    begins[1:] = (np.diff(at) >= GAP_SECONDS) | (np.diff(person) != 0)
    start: FloatArray = at[np.flatnonzero(begins)][np.cumsum(begins) - 1]
    hours = np.empty(len(order), dtype=np.int64)
    hours[order] = (at - start) // HOUR_SECONDS
    return hours


def wall_clock_pace(moments: FloatArray) -> WallClockPace | None:
    """Return how fast one person's answers came; None for fewer than two.

    moments: (n,), when the server stored each, in seconds.
    """
    if len(moments) < 2:  # noqa: PLR2004 - one answer has no pace
        return None
    at = np.sort(moments)
    gaps = np.diff(at)
    within = gaps < GAP_SECONDS
    minutes = float(gaps[within].sum()) / 60
    # Of an answer and those in the minute before it.
    in_a_minute = np.arange(len(at)) - np.searchsorted(at, at - 60, side="right") + 1
    return WallClockPace(
        n=len(at),
        minutes=minutes,
        per_minute=int(within.sum()) / minutes if minutes else None,
        most_in_a_minute=int(in_a_minute.max()),
    )


def by_hour(rows: AnswerRows, series: Series) -> list[HourOfSession]:
    """Return a line per hour that has answers.

    rows: everybody's or one person's answers; series: what can be checked of them, by index into
    `rows`. right: the share right, with an interval over sources.
    """
    hours = np.minimum(hours_of_sessions(rows), LAST_HOUR)
    checked = hours[series.row]
    shares = clustered_shares(checked, series.value, rows.source[series.row])
    lines = []
    for hour in np.unique(hours).tolist():
        times = rows.worked_ms[hours == hour]
        known = times[~np.isnan(times)]
        lines.append(
            HourOfSession(
                hour=hour + 1,
                is_last=hour == LAST_HOUR,
                n=int((hours == hour).sum()),
                median_seconds=float(np.median(known)) / 1000 if len(known) else None,
                right=clustered_estimate(shares.get(hour), NOT_CHECKED),
            )
        )
    return lines
