"""The table of one scorer on one benchmark: each number with its interval, n and convention."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import combinations

import numpy as np

from rewardsvc.benchmarks import metrics
from rewardsvc.benchmarks.answers import Answers
from rewardsvc.benchmarks.data import Benchmark, Group, Rating
from rewardsvc.benchmarks.intervals import (
    CORRELATION,
    REPLICATES,
    SHARE,
    IntArray,
    Interval,
    Metric,
    bootstrap,
)
from rewardsvc.benchmarks.labels import outcomes, published_reading
from rewardsvc.benchmarks.ranks import AVERAGES

Draw = Callable[..., Interval]


@dataclass(frozen=True)
class Line:
    """One number. value: None where undefined, and `why` says so; n: rows in n_items items.

    part: all, "K=2", "category: NAME" or "generator: NAME". convention: empty for ours.
    """

    part: str
    metric: str
    value: float | None
    low: float | None
    high: float | None
    n: int
    n_items: int
    convention: str = ""
    why: str = ""


@dataclass(frozen=True)
class Pair:
    """One pair of a group: the gap of the scores, or a judge's outcome as a gap of 1, 0 or -1."""

    item: str
    gap: float
    human: int
    published: int
    generators: frozenset[str]


def table(benchmark: Benchmark, answers: Answers, *, n_replicates: int = REPLICATES) -> list[Line]:
    """Return every number of the benchmark for these answers, overall first."""
    draw = partial(bootstrap, n_replicates=n_replicates)
    if benchmark.ratings:
        return list(_rating_lines(benchmark.ratings, answers, draw))
    judged = bool(answers.pairs)
    lines: list[Line] = []
    for part, groups in _parts(benchmark.groups):
        pairs = [pair for group in groups for pair in pairs_of(group, answers)]
        lines += _pair_lines(part, pairs, draw, judged=judged)
        if part == "all" or part.startswith("K="):
            lines += _group_lines(part, groups, answers, draw)
    every = [pair for group in benchmark.groups for pair in pairs_of(group, answers)]
    for name in sorted({name for pair in every for name in pair.generators if name}):
        chosen = [pair for pair in every if name in pair.generators]
        lines.append(_without_ties(f"generator: {name}", chosen, draw))
    return lines


def pairs_of(group: Group, answers: Answers) -> list[Pair]:
    """Return the pairs of a group that have an answer."""
    published = published_reading(group.label, len(group.edits)).pairs
    found = []
    for n, (i, j) in enumerate(combinations(range(len(group.edits)), 2)):
        first, second = group.edits[i], group.edits[j]
        gap = answers.pairs.get((group.key, i, j))
        if not answers.pairs and first.key in answers.scores and second.key in answers.scores:
            gap = answers.scores[first.key] - answers.scores[second.key]  # type: ignore[assignment]
        if gap is None:
            continue
        human = outcomes(group.ranks)[n]
        read = published[n] if ">" in group.label or "=" in group.label else human
        names = frozenset((first.generator, second.generator))
        found.append(Pair(group.item, float(gap), human, read, names))
    return found


def _parts(groups: Sequence[Group]) -> Iterable[tuple[str, list[Group]]]:
    yield "all", list(groups)
    sizes = sorted({len(group.edits) for group in groups})
    for k in sizes if len(sizes) > 1 else []:
        yield f"K={k}", [group for group in groups if len(group.edits) == k]
    for name in sorted({group.category for group in groups if group.category}):
        yield f"category: {name}", [group for group in groups if group.category == name]


def _pair_lines(part: str, pairs: list[Pair], draw: Draw, *, judged: bool) -> Iterable[Line]:
    yield _without_ties(part, pairs, draw)
    gap, human = _columns(pairs)
    published = np.array([pair.published for pair in pairs])

    def calibrated(labels: IntArray, convention: str, rows: IntArray) -> float | None:
        fitted = None if not judged else 0.0
        return metrics.tie_calibrated_accuracy(
            gap[rows], labels[rows], threshold=fitted, convention=convention
        ).accuracy

    name = "accuracy with ties"
    item = [pair.item for pair in pairs]
    yield _line(part, name, partial(calibrated, human, "distinct"), item, draw)
    if not judged and part in ("all", "K=2"):
        for convention in ("bench", "genai"):
            metric = partial(calibrated, published, convention)
            yield _line(part, name, metric, item, draw, convention=convention)


def _without_ties(part: str, pairs: list[Pair], draw: Draw) -> Line:
    gap, human = _columns(pairs)
    item = [pair.item for pair in pairs]
    return _line(
        part,
        "accuracy without ties",
        lambda rows: metrics.accuracy_without_ties(gap[rows], human[rows]),
        item,
        draw,
        why="no decided pair has an answer",
    )


def _group_lines(
    part: str, groups: Sequence[Group], answers: Answers, draw: Draw
) -> Iterable[Line]:
    if answers.pairs:
        yield _judged_groups(part, groups, answers, draw)
        return
    scored = [g for g in groups if all(edit.key in answers.scores for edit in g.edits)]
    scores = [[answers.scores[edit.key] for edit in group.edits] for group in scored]
    pairs = [p for group in scored if len(group.edits) == 2 for p in pairs_of(group, answers)]  # noqa: PLR2004
    item = [group.item for group in scored]
    for convention, how in (("", "strict"), ("official", "official")):
        fitted = _threshold(pairs, how)
        ranks = [group.ranks if how == "strict" else _official(group) for group in scored]
        right = metrics.ranking_correct(scores, ranks, threshold=fitted, convention=how)
        yield _line(part, "exact ranking", _share_of(right), item, draw, convention=convention)
    chance = metrics.random_ranking_accuracy([group.ranks for group in scored])
    yield Line(part, "exact ranking by chance", chance, None, None, len(scored), len(set(item)))


def _judged_groups(part: str, groups: Sequence[Group], answers: Answers, draw: Draw) -> Line:
    """Return the share of groups of which a judge answered every pair as people did."""
    whole = []
    for group in groups:
        found = pairs_of(group, answers)
        if len(found) == len(outcomes(group.ranks)):
            whole.append((group.item, all(pair.gap == pair.human for pair in found)))
    right = np.array([one for _, one in whole], dtype=bool)
    return _line(part, "exact ranking", _share_of(right), [item for item, _ in whole], draw)


def _official(group: Group) -> tuple[int, ...] | None:
    spelt = ">" in group.label or "=" in group.label
    return published_reading(group.label, len(group.ranks)).ranks if spelt else group.ranks


def _threshold(pairs: list[Pair], convention: str) -> float:
    """Return the tie threshold of pairs of two; 0 without any."""
    gap = [pair.gap for pair in pairs]
    labels = [pair.human if convention == "strict" else pair.published for pair in pairs]
    how = "distinct" if convention == "strict" else "bench"
    fitted = metrics.tie_calibrated_accuracy(gap, labels, convention=how).threshold
    return 0.0 if fitted is None else fitted


def _rating_lines(ratings: Sequence[Rating], answers: Answers, draw: Draw) -> Iterable[Line]:
    scored = [rating for rating in ratings if rating.edit.key in answers.scores]
    pred = np.array([answers.scores[rating.edit.key] for rating in scored])
    human = np.array([rating.human for rating in scored])
    group = np.array([rating.edit.generator for rating in scored])
    item = [rating.item for rating in scored]
    prompt = np.array(item)

    def correlation(average: str, rows: IntArray) -> float | None:
        chosen = pred[rows], human[rows], group[rows]
        return metrics.mean_correlation(*chosen, average=average).value

    def within(rows: IntArray) -> float | None:
        return metrics.prompt_correlations(pred[rows], human[rows], prompt[rows]).mean

    limits = CORRELATION
    why = "every generator is constant"
    for average in AVERAGES:
        convention = "" if average == "plain" else average
        metric = partial(correlation, average)
        yield _line(
            "all", "correlation", metric, item, draw, convention=convention, why=why, bounds=limits
        )
    yield _line("all", "correlation within prompts", within, item, draw, bounds=limits)
    for name in sorted(set(group.tolist())):
        here = np.flatnonzero(group == name)

        def of_one(rows: IntArray, here: IntArray = here) -> float | None:
            return correlation("plain", here[rows])

        yield _line(
            f"generator: {name}",
            "correlation",
            of_one,
            [item[n] for n in here],
            draw,
            why="its scores are constant",
            bounds=limits,
        )


def _columns(pairs: list[Pair]) -> tuple[np.ndarray, np.ndarray]:
    gap = np.array([pair.gap for pair in pairs], dtype=np.float64)
    return gap, np.array([pair.human for pair in pairs], dtype=np.int64)


def _share_of(right: np.ndarray) -> Metric:
    return lambda rows: float(right[rows].mean()) if len(rows) else None


def _line(  # noqa: PLR0913 - one number with its names and rows
    part: str,
    metric: str,
    function: Metric,
    item: Sequence[str],
    draw: Draw,
    *,
    convention: str = "",
    why: str = "nothing to compare",
    bounds: tuple[float, float] = SHARE,
) -> Line:
    found = draw(function, item, bounds=bounds)
    undefined = why if found.value is None else ""
    ends = found.value, found.low, found.high
    return Line(part, metric, *ends, found.n, found.n_items, convention, undefined)
