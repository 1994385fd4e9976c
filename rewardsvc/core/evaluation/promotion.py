"""Whether a model may replace the champion, and how many pairs the decision needs."""

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

#: The lower bound of a first champion's accuracy must exceed this value.
CHANCE = 0.5
#: The lower bound of a challenger's gain must exceed -MARGIN.
MARGIN = 0.01
#: The needed number of pairs is computed for this true gain and this probability of passing.
GAIN, POWER = 0.02, 0.8

FIRST, CHALLENGER = "first", "challenger"
NO_PAIR = "No held-out pair has a majority winner, so that nothing can be compared."
_CONFIDENCE = 0.95


@dataclass(frozen=True)
class Check:
    """The outcome of a champion check, and what would have passed.

    measured: a first model's accuracy, or a challenger's gain over the champion on the same
    pairs. smallest_passing: the smallest accuracy or gain that would pass with these pairs and the
    same width of the interval. needed_pairs, needed_sources: held-out pairs and sources with which
    a true gain of GAIN (over 0.5, or over the champion) passes with probability POWER.
    None means undefined.
    """

    kind: str
    promoted: bool
    reason: str
    measured: Estimate | None = None
    smallest_passing: float | None = None
    needed_pairs: int | None = None
    needed_sources: int | None = None


def check_first(correct: Floats, source: Ints, *, seed: int = 0) -> Check:
    """Check a campaign's first model: its accuracy's lower bound must exceed one half.

    correct: (n,) from 0 to 1 per decided held-out pair; source: (n,) index of the pair's source.
    """
    check = _measure(FIRST, correct, source, (GAIN, seed))
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


def check_challenger(challenger: Floats, champion: Floats, source: Ints, *, seed: int = 0) -> Check:
    """Compare a model with the champion on the same pairs.

    Its mean gain must be positive, and the lower bound of the gain must exceed -MARGIN.
    challenger, champion: (n,) from 0 to 1 per decided held-out pair, how far the model orders it
    right; source: (n,) index of the pair's source.
    """
    check = _measure(CHALLENGER, challenger - champion, source, (GAIN + MARGIN, seed))
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
    """Return a check without a decision. aim: (distance to detect, seed)."""
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
    """Return the numbers of pairs and sources that distinguish `distance` from zero.

    The lower bound of a normal mean with standard error s exceeds a limit with probability POWER
    if the true mean is (z[0.975] + z[POWER]) s above the limit. s falls with the root of n. Pairs
    per source are assumed as in the data.
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
