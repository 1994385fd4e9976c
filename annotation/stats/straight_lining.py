"""Straight-lining: the same answer again and again, whatever is shown."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from annotation.stats.columns import numbered


class StraightLining(NamedTuple):
    """The longest run of identical answers and how varied they are; None where undefined.

    longest_run, run_start: answers in the run, and the index of its first. run_bound: an upper
    bound of the chance of a run so long if the person's own answers came in random order with
    their shares. entropy: of the answers over the logarithm of n_classes, 0 = always the same.
    """

    n: int
    longest_run: int
    run_start: int | None
    run_bound: float | None
    entropy: float | None


def straight_lining(answer: ArrayLike, n_classes: int) -> StraightLining:
    """Return the longest run of identical answers of one person, in order of time, and the entropy.

    answer: (n,), as shown on the screen (left, right, tie), numbers or text alike; n_classes: how
    many answers were possible. No entropy for fewer than two answers. A long run of a common
    answer is no evidence by itself: read run_bound.
    Raises ValueError on missing answers, or more kinds of them than n_classes.
    Source: union bound over starts: a run of r of value c starts at an answer with chance p(c)^r.
    """
    names, numbers = numbered(answer, "answer")
    if n_classes < max(2, len(names)):
        raise ValueError(f"n_classes must be at least 2 and the {len(names)} kinds of answers")
    n = len(numbers)
    if n == 0:
        return StraightLining(0, 0, None, None, None)
    starts = np.flatnonzero(np.diff(numbers, prepend=-1))
    lengths = np.diff(starts, append=n)
    longest = int(lengths.max())
    chances = np.bincount(numbers) / n
    bound = min(1.0, float((n - longest + 1) * (chances**longest).sum()))
    entropy = float(-(chances * np.log(chances)).sum() / np.log(n_classes))
    start = int(starts[lengths.argmax()])
    return StraightLining(n, longest, start, bound, abs(entropy) if n > 1 else None)


def run_chance(n: int, longest: int, chance: float) -> float:
    """Return an upper bound of the chance of `longest` answers of one kind in a row among n.

    chance: of that kind at each answer, independent of the others. For a screen side it is known
    without the person's own answers, since shown orders are balanced; so it also finds a person
    who never answers anything else, of whom `run_bound` shows nothing.
    Raises ValueError unless 0 <= longest <= n and 0 <= chance <= 1.
    Source: union bound over starts.
    """
    if not (0 <= longest <= n and 0 <= chance <= 1):
        raise ValueError("need 0 <= longest <= n and 0 <= chance <= 1")
    return min(1.0, (n - longest + 1) * chance**longest)
