"""The human ceiling of a benchmark with single raters: each against the mean of the others."""

from functools import partial

import numpy as np

from annotation.stats.ceilings import AVERAGES, human_correlation
from rewardsvc.benchmarks.answers import ScorerRefused
from rewardsvc.benchmarks.data import Benchmark
from rewardsvc.benchmarks.intervals import CORRELATION, REPLICATES, IntArray, bootstrap
from rewardsvc.benchmarks.report import Line


def ceiling(benchmark: Benchmark, *, n_replicates: int = REPLICATES) -> list[Line]:
    """Return the correlation of each rater with the others, per average and per generator.

    Raises ScorerRefused where the files hold no scores of single raters.
    """
    numbers = {len(rating.raters) for rating in benchmark.ratings}
    if len(numbers) != 1 or numbers == {0}:
        raise ScorerRefused(
            "the files hold no scores of single people, which a human ceiling needs"
        )
    ratings = np.array([rating.raters for rating in benchmark.ratings]).T
    group = np.array([rating.edit.generator for rating in benchmark.ratings])
    item = np.array([rating.item for rating in benchmark.ratings])

    def correlation(here: IntArray, average: str, rows: IntArray) -> float | None:
        chosen = here[rows]
        return human_correlation(ratings[:, chosen], group=group[chosen], average=average).value

    every = np.arange(len(item))
    wanted = [("all", "" if average == "plain" else average, every) for average in AVERAGES]
    wanted += [
        (f"generator: {name}", "", np.flatnonzero(group == name))
        for name in sorted(set(group.tolist()))
    ]
    lines = []
    for part, convention, here in wanted:
        found = bootstrap(
            partial(correlation, here, convention or "plain"),
            item[here],
            bounds=CORRELATION,
            n_replicates=n_replicates,
        )
        why = "" if found.value is not None else "every rater is constant"
        ends = found.value, found.low, found.high
        lines.append(Line(part, "correlation", *ends, found.n, found.n_items, convention, why))
    return lines
