"""Whether a person's answers became worse: golds, repeats and agreement in order of time."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from annotation.quality.selectors.answer_rows import AnswerRows
from annotation.quality.selectors.outcomes import FloatArray, IntArray
from annotation.quality.selectors.person_quality import Drift
from annotation.stats.drift import Chart, cusum, ewma
from annotation.stats.intervals import wilson

# The first answers show how a person began; a fall is looked for in those after them.
BASELINE, FEWEST = 100, 150
FALL = 0.2
# Answers between two false alarms of one person, at least.
RUN_LENGTH = 10_000
TARGET_RANGE = (0.05, 0.95)


@dataclass(frozen=True)
class Series:
    """What can be checked of one person, in order of submission. All (n,).

    row: index into the answers; value: 1 right, 0 wrong, or the share of others that agree.
    """

    row: IntArray
    value: FloatArray


def series_of(
    gold: Mapping[int, bool], repeats: tuple[IntArray, FloatArray], others: Series, rows: IntArray
) -> Series:
    """Return one person's series. rows: the indices of the person's answers.

    gold: right or wrong by index; repeats: the indices of second answers, and whether they equal
    the first; others: each compared answer, and the share of others that name the same winner.
    """
    parts: list[tuple[IntArray, FloatArray]] = [
        (
            np.fromiter(gold, dtype=np.int64, count=len(gold)),
            np.fromiter(gold.values(), dtype=np.float64, count=len(gold)),
        ),
        repeats,
        (others.row, others.value),
    ]
    row, value = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    own = np.flatnonzero(np.isin(row, rows))
    own = own[np.argsort(row[own], kind="stable")]
    return Series(row[own], value[own])


def drift_of(series: Series, rows: AnswerRows, versions: Mapping[int, int]) -> Drift:
    """Return whether the series fell after its first BASELINE answers.

    CUSUM looks for a fall by FALL below the lower end of the baseline's interval; answers on which
    the others were divided evenly say nothing to it. versions: rubric version by id.
    """
    marks = version_marks(rows.rubric[series.row], versions)
    n = len(series.row)
    if n < FEWEST:
        why = f"{n} of the {FEWEST} checked answers that show a change."
        return Drift(n, versions=marks, why=why)
    first = series.value[:BASELINE]
    latest = ewma_of(series)
    p0 = float(np.clip(wilson(float(first.sum()), BASELINE)[0], FALL + 0.05, TARGET_RANGE[1]))
    tells = BASELINE + np.flatnonzero(series.value[BASELINE:] != 0.5)  # noqa: PLR2004 - divided
    chart = cusum(series.value[tells] > 0.5, p0=p0, p1=p0 - FALL, run_length=RUN_LENGTH)  # noqa: PLR2004
    signal = None if chart.first_signal is None else int(tells[chart.first_signal])
    return Drift(
        n,
        baseline=float(first.mean()),
        latest=float(latest.series[-1]),
        signal=signal,
        signal_at=None if signal is None else float(rows.at[series.row[signal]]),
        versions=marks,
    )


def target_of(series: Series) -> float:
    """Return the mean of a series' first answers, which its moving average is held against."""
    return float(np.clip(series.value[:BASELINE].mean(), *TARGET_RANGE))


def ewma_of(series: Series) -> Chart:
    """Return the moving average of a series around its first answers' mean."""
    return ewma(series.value, target=target_of(series))


def version_marks(rubric: IntArray, versions: Mapping[int, int]) -> list[tuple[int, int]]:
    """Return (index, version) where an answer is the first under a newer version of the rubric."""
    marks: list[tuple[int, int]] = []
    newest = None
    for index, version in enumerate(versions[pk] for pk in rubric.tolist()):
        if newest is not None and version > newest:
            marks.append((index, version))
        newest = version if newest is None else max(newest, version)
    return marks
