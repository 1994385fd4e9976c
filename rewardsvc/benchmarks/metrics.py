"""Metrics of the public benchmarks: accuracy on pairs, exact rankings, rank correlations.

Pure functions of arrays. A pair's human label is 1 (first preferred), 0 (tie) or -1; its gap is
the score of the first minus that of the second. A number that is undefined is None. Where a
published convention differs, it is a named choice; docs/metrics.md has worked examples.
"""

from collections.abc import Sequence
from math import factorial
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rewardsvc.benchmarks.arrays import FloatArray, checked_group, checked_pairs, checked_rows
from rewardsvc.benchmarks.ranks import AVERAGES, DECIMALS, averaged, spearman

CONVENTIONS = ("distinct", "genai", "bench")
RANKINGS = ("strict", "official")
# A prompt whose predictions spread less than this is taken as constant.
SPREAD = 1e-6


class PairCounts(NamedTuple):
    """Pairs at a tie threshold: decided ones right, wrong or called tied; ties missed or found."""

    right: int
    wrong: int
    missed_ties: int
    false_ties: int
    found_ties: int


class Calibrated(NamedTuple):
    """An accuracy over win, tie and loss, and the tie threshold it was read at; None if undefined.

    threshold: pairs with |gap| <= threshold count as tied; -1 means that none does.
    """

    accuracy: float | None
    threshold: float | None


class MeanCorrelation(NamedTuple):
    """An average of rank correlations; None when no group has one.

    per_group: the correlation of each group that has one. left_out: how many groups have none,
    because they are constant in the predictions or in the human scores, or have one row.
    """

    value: float | None
    per_group: dict[object, float]
    left_out: int


class PromptCorrelations(NamedTuple):
    """Rank correlations within prompts, and over all rows after standardising per prompt.

    mean: of the n_evaluated prompts with a correlation, of n_prompts; None without one.
    standardised: over rows of prompts with two rows or more; None where undefined.
    """

    mean: float | None
    standardised: float | None
    n_evaluated: int
    n_prompts: int


def pair_counts(gap: ArrayLike, human: ArrayLike, threshold: float) -> PairCounts:
    """Count pairs (n,) by what human and scorer say; tied means |gap| <= threshold.

    A decided pair with a gap of 0 that is not tied counts as wrong.
    Raises ValueError on unequal lengths, gaps that are not finite, or labels outside 1, 0, -1.
    """
    gaps, labels = checked_pairs(gap, human)
    tied, decided = np.abs(gaps) <= threshold, labels != 0
    right = decided & ~tied & (np.sign(gaps) == labels)
    return PairCounts(
        right=int(right.sum()),
        wrong=int((decided & ~tied & ~right).sum()),
        missed_ties=int((~decided & ~tied).sum()),
        false_ties=int((decided & tied).sum()),
        found_ties=int((~decided & tied).sum()),
    )


def accuracy_without_ties(gap: ArrayLike, human: ArrayLike) -> float | None:
    """Return the share of decided pairs whose gap has the human's sign; None without such a pair.

    gap, human: (n,). Human ties are left out. A gap of exactly 0 names no winner and is wrong.
    Raises ValueError as `pair_counts` does.
    """
    counts = pair_counts(gap, human, -1.0)
    decided = counts.right + counts.wrong
    return counts.right / decided if decided else None


def tie_calibrated_accuracy(
    gap: ArrayLike,
    human: ArrayLike,
    *,
    threshold: float | None = None,
    convention: str = "distinct",
) -> Calibrated:
    """Return the accuracy over win, tie and loss at the best tie threshold, and that threshold.

    gap, human: (n,). convention: how the threshold is found on these very pairs.
    distinct: the best of -1 and every distinct |gap|; the smallest of equally good ones.
    bench: the same with 0 in the place of -1, as EditReward-Bench does.
    genai: the accuracy is read each time one more pair became tied, by ascending |gap|, in input
    order where equal: also between equal gaps, and never before the first. The value can exceed
    that of every threshold; the threshold is the |gap| of the last pair that was moved.
    threshold: where given, it is applied and nothing is fitted; choose it on other pairs.
    Both are None without a pair. Raises ValueError as `pair_counts` does, and on an unknown
    convention or a threshold that is not a number.
    Source: Deutsch, Foster and Freitag (2023), arXiv 2305.14324.
    """
    if convention not in CONVENTIONS:
        raise ValueError(f"convention must be one of {', '.join(CONVENTIONS)}, not {convention!r}")
    if threshold is not None and np.isnan(threshold):
        raise ValueError("the threshold must be a number")
    gaps, labels = checked_pairs(gap, human)
    if not len(gaps):
        return Calibrated(None, threshold)
    if threshold is not None:
        counts = pair_counts(gaps, labels, threshold)
        return Calibrated((counts.right + counts.found_ties) / len(gaps), float(threshold))
    order = np.argsort(np.abs(gaps), kind="stable")
    size, human_tie = np.abs(gaps)[order], (labels == 0)[order]
    right = ((labels != 0) & (np.sign(gaps) == labels))[order]
    # Correct answers after the first i pairs became tied, i = 0..n.
    moved = np.concatenate([[0], np.cumsum(human_tie.astype(np.int64) - right)]) + right.sum()
    if convention == "genai":
        best = int(np.argmax(moved[1:]))
        return Calibrated(int(moved[1 + best]) / len(gaps), float(size[best]))
    last = np.append(size[1:] != size[:-1], [True])  # the last pair of each distinct |gap|
    candidates, values = size[last], moved[1:][last]
    if convention == "distinct":
        candidates, values = np.append([-1.0], candidates), np.append(moved[:1], values)
    elif candidates[0] > 0:
        candidates, values = np.append([0.0], candidates), np.append(moved[:1], values)
    best = int(np.argmax(values))
    return Calibrated(int(values[best]) / len(gaps), float(candidates[best]))


def ranking_correct(
    scores: Sequence[ArrayLike],
    ranks: Sequence[ArrayLike | None],
    *,
    threshold: float = 0.0,
    convention: str = "strict",
) -> NDArray[np.bool_]:
    """Return whether each group is ranked exactly as people ranked it: (n_groups,).

    scores, ranks: one (K,) per group, K >= 2; rank 1 is best, equal ranks are ties.
    strict: every pair of the group has the human's outcome: win, loss, or tie where the scores
    differ by at most the threshold.
    official: a group without ties is right when its candidates sorted by score, the later of
    equal scores first, have the human order, whatever the threshold; a tied pair (K = 2) is right
    within the threshold; other groups with ties, and labels that nobody can read (None), are wrong.
    Raises ValueError naming the group on scores that are not finite, unequal lengths, or K < 2.
    """
    if convention not in RANKINGS:
        raise ValueError(f"convention must be one of {', '.join(RANKINGS)}, not {convention!r}")
    if len(scores) != len(ranks):
        raise ValueError(f"{len(scores)} groups of scores, but {len(ranks)} of ranks")
    found = np.zeros(len(scores), dtype=bool)
    for number, (values, label) in enumerate(zip(scores, ranks, strict=True)):
        if label is None and convention == "official":
            continue
        of_group, human = checked_group(values, label, number)
        right = _strictly_right if convention == "strict" else _officially_right
        found[number] = right(of_group, human, threshold)
    return found


def strict_ranking_accuracy(
    scores: Sequence[ArrayLike],
    ranks: Sequence[ArrayLike | None],
    *,
    threshold: float = 0.0,
    convention: str = "strict",
) -> float | None:
    """Return the share of groups that are ranked exactly right; None without a group.

    Arguments and errors as in `ranking_correct`.
    """
    found = ranking_correct(scores, ranks, threshold=threshold, convention=convention)
    return int(found.sum()) / len(found) if len(found) else None


def random_ranking_accuracy(
    ranks: Sequence[ArrayLike], *, scorer: Literal["scores", "pairs"] = "scores"
) -> float | None:
    """Return the expected strict ranking accuracy of chance; None without a group.

    scores: independent scores without ties order K candidates in each of K! ways alike, and never
    call a tie. pairs: a judge that answers each of the K (K - 1) / 2 pairs by a fair coin can
    contradict itself, so it is right less often; it calls no ties either.
    """
    expected = []
    for number, label in enumerate(ranks):
        human = checked_group(label, label, number)[1]
        k = len(human)
        ways = factorial(k) if scorer == "scores" else 2 ** (k * (k - 1) // 2)
        expected.append(1 / ways if len(np.unique(human)) == k else 0.0)
    return float(np.mean(expected)) if expected else None


def mean_correlation(
    pred: ArrayLike, human: ArrayLike, group: ArrayLike, *, average: str = "plain"
) -> MeanCorrelation:
    """Return Spearman's correlation per group, and their average.

    pred, human, group: (n,), for example the generator of each image. Values are rounded to 10
    decimals before ranking; equal ones share their mean rank.
    average: plain = mean of the correlations; fisher = tanh of the mean of arctanh, correlations
    cut at 1 - 1e-15; published = tanh of the mean, as ImagenHub and VIEScore print it.
    Raises ValueError on unequal lengths, values that are not finite, missing groups, or an unknown
    average.
    Source: Spearman (1904), American Journal of Psychology 15, 72-101.
    """
    if average not in AVERAGES:
        raise ValueError(f"average must be one of {', '.join(AVERAGES)}, not {average!r}")
    predicted, judged, names, numbers = checked_rows(pred, human, group, "group")
    per_group, left_out = {}, 0
    for number, name in enumerate(names.tolist()):
        r = spearman(predicted[numbers == number], judged[numbers == number])
        if r is None:
            left_out += 1
        else:
            per_group[name] = r
    return MeanCorrelation(averaged(list(per_group.values()), average), per_group, left_out)


def prompt_correlations(
    pred: ArrayLike, human: ArrayLike, prompt: ArrayLike, *, decimals: int | None = DECIMALS
) -> PromptCorrelations:
    """Return the mean correlation within prompts, and that of predictions standardised per prompt.

    pred, human, prompt: (n,). The second version of ImagenHub's metric. Prompts with one row take
    no part. Predictions are standardised by the population deviation; those of a prompt that spread
    by 1e-6 or less become 0. decimals: values are rounded to so many before ranking; None as
    published: standardised values that are equal then differ in the last bit and are not tied.
    Raises ValueError as `mean_correlation` does.
    """
    predicted, judged, names, numbers = checked_rows(pred, human, prompt, "prompt")
    standardised = np.zeros(len(predicted))
    kept = np.bincount(numbers, minlength=len(names))[numbers] > 1
    found = []
    for number in range(len(names)):
        here = numbers == number
        if not kept[here].all():
            continue
        values = predicted[here]
        if values.std() > SPREAD:
            standardised[here] = (values - values.mean()) / values.std()
        r = spearman(values, judged[here], decimals)
        found += [] if r is None else [r]
    overall = spearman(standardised[kept], judged[kept], decimals)
    return PromptCorrelations(averaged(found, "plain"), overall, len(found), len(names))


def _strictly_right(scores: FloatArray, ranks: FloatArray, threshold: float) -> bool:
    first, second = np.triu_indices(len(scores), k=1)
    gap, human = scores[first] - scores[second], np.sign(ranks[second] - ranks[first])
    tied = np.abs(gap) <= threshold
    agreed = np.where(tied, human == 0, (human != 0) & (np.sign(gap) == human))
    return bool(agreed.all())


def _officially_right(scores: FloatArray, ranks: FloatArray, threshold: float) -> bool:
    k = len(ranks)
    if len(np.unique(ranks)) < k:
        return k == 2 and bool(abs(scores[0] - scores[1]) <= threshold)  # noqa: PLR2004 - a pair
    order = np.argsort(scores, kind="stable")[::-1]
    return bool((order == np.argsort(ranks)).all())
