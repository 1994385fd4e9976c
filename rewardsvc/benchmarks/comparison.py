"""Two scorers side by side: differences on the same pairs or edits, drawn together."""

from collections.abc import Iterable, Sequence
from itertools import combinations

import numpy as np

from rewardsvc.benchmarks.answers import Answers
from rewardsvc.benchmarks.data import Benchmark, Group
from rewardsvc.benchmarks.intervals import REPLICATES, IntArray, Metric, paired_difference
from rewardsvc.benchmarks.labels import outcomes
from rewardsvc.benchmarks.metrics import (
    accuracy_without_ties,
    mean_correlation,
    ranking_correct,
    tie_calibrated_accuracy,
)
from rewardsvc.benchmarks.report import Line


def compared(
    benchmark: Benchmark, first: Answers, second: Answers, *, n_replicates: int = REPLICATES
) -> list[Line]:
    """Return first minus second for each number, over what both answered.

    The exact ranking is compared where both gave scores, with equal scores alone as ties.
    """
    lines = []
    for metric, one, other, item in _metrics(benchmark, first, second):
        found = paired_difference(one, other, item, n_replicates=n_replicates)
        why = "" if found.value is not None else "nothing that both answered"
        ends = found.value, found.low, found.high
        lines.append(Line("all", f"difference in {metric}", *ends, found.n, found.n_items, why=why))
    return lines


def said(group: Group, i: int, j: int, answers: Answers) -> float | None:
    """Return the gap of two edits of a group: of scores, or a judge's outcome; None without one."""
    if answers.pairs:
        return answers.pairs.get((group.key, i, j))
    one, other = (answers.scores.get(group.edits[n].key) for n in (i, j))
    return None if one is None or other is None else one - other


def _metrics(
    benchmark: Benchmark, first: Answers, second: Answers
) -> Iterable[tuple[str, Metric, Metric, Sequence[str]]]:
    if benchmark.ratings:
        both = [
            rating
            for rating in benchmark.ratings
            if rating.edit.key in first.scores and rating.edit.key in second.scores
        ]
        human = np.array([rating.human for rating in both])
        group = np.array([rating.edit.generator for rating in both])
        items = [rating.item for rating in both]
        one, other = (
            _correlation(np.array([a.scores[r.edit.key] for r in both]), human, group)
            for a in (first, second)
        )
        yield "correlation", one, other, items
        return
    rows = list(_both(benchmark, first, second))
    gaps = np.array([row[1:3] for row in rows], dtype=np.float64).reshape(-1, 2)
    human = np.array([row[3] for row in rows], dtype=np.int64)
    items = [row[0] for row in rows]
    one, other = (_decided(gaps[:, n], human) for n in (0, 1))
    yield "accuracy without ties", one, other, items
    one, other = (
        _with_ties(gaps[:, n], human, judged=bool(answers.pairs))
        for n, answers in enumerate((first, second))
    )
    yield "accuracy with ties", one, other, items
    yield _exact(benchmark, first, second)


def _both(
    benchmark: Benchmark, first: Answers, second: Answers
) -> Iterable[tuple[str, float, float, int]]:
    for group in benchmark.groups:
        human = outcomes(group.ranks)
        for n, (i, j) in enumerate(combinations(range(len(group.edits)), 2)):
            one, other = said(group, i, j, first), said(group, i, j, second)
            if one is not None and other is not None:
                yield group.item, float(one), float(other), human[n]


def _exact(
    benchmark: Benchmark, first: Answers, second: Answers
) -> tuple[str, Metric, Metric, Sequence[str]]:
    keys = first.scores.keys() & second.scores.keys()
    scored = [group for group in benchmark.groups if keys >= {edit.key for edit in group.edits}]
    right = [
        ranking_correct(
            [[answers.scores[edit.key] for edit in group.edits] for group in scored],
            [group.ranks for group in scored],
        )
        for answers in (first, second)
    ]
    one, other = (_share(each.astype(np.float64)) for each in right)
    return "exact ranking", one, other, [group.item for group in scored]


def _share(right: np.ndarray) -> Metric:
    return lambda rows: float(right[rows].mean()) if len(rows) else None


def _decided(gap: np.ndarray, human: np.ndarray) -> Metric:
    return lambda rows: accuracy_without_ties(gap[rows], human[rows])


def _with_ties(gap: np.ndarray, human: np.ndarray, *, judged: bool) -> Metric:
    threshold = 0.0 if judged else None

    def accuracy(rows: IntArray) -> float | None:
        return tie_calibrated_accuracy(gap[rows], human[rows], threshold=threshold).accuracy

    return accuracy


def _correlation(pred: np.ndarray, human: np.ndarray, group: np.ndarray) -> Metric:
    return lambda rows: mean_correlation(pred[rows], human[rows], group[rows]).value
