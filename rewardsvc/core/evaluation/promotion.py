"""Whether a model may replace the champion, and how many pairs an answer takes."""

import math
from dataclasses import dataclass, replace
from statistics import NormalDist

from rewardsvc.core.clustered import (
    DIFFERENCE,
    SHARE,
    Estimate,
    Floats,
    Ints,
    clustered_error,
    clustered_estimate,
)

#: What a first champion's accuracy must exceed.
CHANCE = 0.5
#: By how much a challenger may be worse than the champion at the lower bound of its gain.
MARGIN = 0.01
#: The gain that the stated number of pairs is enough for, and how often it then passes.
GAIN, POWER = 0.02, 0.8

FIRST, CHALLENGER = "first", "challenger"
NO_PAIR = "No held-out pair has a majority winner, so that nothing can be compared."
_CONFIDENCE = 0.95


@dataclass(frozen=True)
class Check:
    """The outcome of a champion check, and what it would have taken.

    measured: a first model's accuracy, or a challenger's gain over the champion on the same
    pairs. smallest_passing: the least accuracy or gain whose lower bound passes with these pairs,
    the spread being what it is. needed_pairs, needed_sources: held-out pairs and sources with
    which a true gain of GAIN (over a coin, or over the champion) passes with probability POWER.
    None is undefined.
    """

    kind: str
    promoted: bool
    reason: str
    measured: Estimate | None = None
    smallest_passing: float | None = None
    needed_pairs: int | None = None
    needed_sources: int | None = None


def check_first(credit: Floats, source: Ints, *, seed: int = 0) -> Check:
    """Judge a model without a champion: its accuracy's lower bound must exceed one half.

    credit: (n,) of each decided held-out pair, from 0 to 1; source: (n,) which source it is of.
    """
    check = _measure(FIRST, credit, source, (GAIN, seed))
    found = check.measured
    if found is None:
        return check
    if found.low is None:
        return replace(check, reason=_no_interval("held-out accuracy"))
    promoted = found.low > CHANCE
    reason = (
        f"The lower bound of its held-out accuracy, {_number(found.low)}, "
        f"is {'' if promoted else 'not '}above {_number(CHANCE)}."
    )
    smallest = CHANCE + found.value - found.low
    return replace(check, promoted=promoted, reason=reason, smallest_passing=smallest)


def check_challenger(own: Floats, champion: Floats, source: Ints, *, seed: int = 0) -> Check:
    """Judge a model against the champion on the same pairs.

    It must gain on it, and the lower bound of the gain must exceed -MARGIN. own, champion: (n,)
    credit of each decided held-out pair; source: (n,) which source it is of.
    """
    check = _measure(CHALLENGER, own - champion, source, (GAIN + MARGIN, seed))
    found = check.measured
    if found is None:
        return check
    if found.low is not None:
        smallest = max(found.value - found.low - MARGIN, 0.0)
        check = replace(check, smallest_passing=smallest)
    if found.value <= 0:
        reason = (
            "It orders no more held-out pairs right than the champion: "
            f"its gain is {_number(found.value)}."
        )
        return replace(check, reason=reason)
    if found.low is None:
        return replace(check, reason=_no_interval("gain"))
    promoted = found.low > -MARGIN
    reason = (
        f"It gains {_number(found.value)} on the champion, and the lower bound of that, "
        f"{_number(found.low)}, is {'' if promoted else 'not '}above {_number(-MARGIN)}."
    )
    return replace(check, promoted=promoted, reason=reason)


def _measure(kind: str, values: Floats, source: Ints, aim: tuple[float, int]) -> Check:
    """Return a check that promotes nobody yet; aim: the distance to tell, and the seed."""
    if not len(values):
        return Check(kind, promoted=False, reason=NO_PAIR)
    distance, seed = aim
    bounds = SHARE if kind == FIRST else DIFFERENCE
    pairs, sources = _needed(values, source, distance)
    return Check(
        kind,
        promoted=False,
        reason="",
        measured=clustered_estimate(values, source, bounds=bounds, seed=seed),
        needed_pairs=pairs,
        needed_sources=sources,
    )


def _needed(values: Floats, source: Ints, distance: float) -> tuple[int | None, int | None]:
    """Return the pairs, and sources of as many pairs each, that tell `distance` from zero.

    A normal mean of standard error s lies with its lower bound above a limit with probability
    POWER when it truly lies (z[0.975] + z[POWER]) s above it; s falls with the root of n.
    """
    error = clustered_error(values, source)
    if error == 0:
        return None, None
    z = NormalDist().inv_cdf
    steps = z(0.5 + _CONFIDENCE / 2) + z(POWER)
    factor = (steps * error / distance) ** 2
    n_sources = len(set(source.tolist()))
    return math.ceil(factor * len(values)), math.ceil(factor * n_sources)


def _no_interval(what: str) -> str:
    return (
        f"Its {what} has no interval: there is one source only, or every source says the same, "
        "so that nothing is known about others."
    )


def _number(value: float) -> str:
    return f"{value:.3f}".replace("-", "\N{MINUS SIGN}")
