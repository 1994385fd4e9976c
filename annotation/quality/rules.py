"""Rules that find people whose answers cannot be used. Pure: numpy and scipy alone.

A rule is a sequential test: it may be looked at after every answer, and still accuses a person who
keeps to its bound with a probability of at most one in ODDS. It never fires on a point estimate.
Careful people are well above every bound; docs/metrics.md has the study that fixed the bounds.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from annotation.quality.evidence import Evidence
from annotation.stats.betting import log_evidence_above, log_evidence_below
from annotation.stats.intervals import Z, wilson

Action = Literal["warn", "pause"]
FloatArray = npt.NDArray[np.float64]
# One in so many people who keep to its bound a rule ever warns, or pauses.
ODDS: Mapping[Action, float] = {"warn": 50.0, "pause": 1_000.0}
# Careful people are far above the bound of agreement, so it may be looked at more closely.
AGREEMENT_ODDS: Mapping[Action, float] = {"warn": 10.0, "pause": 20.0}
GOLD_BOUND = 0.6
REPEAT_BOUND = 0.5
LEFT_BOUND = 0.7
# Golds and repeats are few: a test for a later fall begins after so many of them.
FEW = 10
# Of the typical match over 1/2; and the share of gold beside it.
TYPICAL_BOUND = 0.7
GOLD_BESIDE = 0.8
# A typical match over 1/2 below this does not tell people apart: the comparisons are too hard.
LEAST_TYPICAL = 0.15
# Votes of others that are as clear as this tell the most.
CLEAR = 0.6


@dataclass(frozen=True)
class Finding:
    """What one rule found. action: what it suggests, None = nothing; reason: why, in words.

    n: answers that it looked at. value: a share of them, with Wilson's 95 % interval from low to
    high; for agreement the match, 0 = guessing and 1 = the middle one of all people, with the
    normal 95 % interval. bound: what careful people meet. odds: one in so many people at the bound
    would ever come this far. why_undefined: why the rule cannot say anything, or "".
    """

    rule: str
    action: Action | None
    reason: str
    n: int
    value: float | None
    low: float | None
    high: float | None
    bound: float | None
    odds: float
    why_undefined: str = ""


def check(evidence: Evidence) -> tuple[Finding, ...]:
    """Return what each rule finds in a person's answers, in the order of RULES."""
    return tuple(rule(evidence) for rule in RULES.values())


def decide(findings: Collection[Finding], rules: Collection[str] | None = None) -> Action | None:
    """Return the strongest action that some of the rules suggest; None = all of them."""
    wanted = {one.action for one in findings if rules is None or one.rule in rules}
    return "pause" if "pause" in wanted else "warn" if "warn" in wanted else None


def _gold(evidence: Evidence) -> Finding:
    return _of_flags(
        "gold",
        evidence.gold,
        GOLD_BOUND,
        "{value:.0%} of {n} gold answers are as expected; careful people reach {bound:.0%}.",
        "No gold was answered yet.",
    )


def _repeats(evidence: Evidence) -> Finding:
    return _of_flags(
        "repeats",
        evidence.repeats,
        REPEAT_BOUND,
        "{value:.0%} of {n} repeats got the same verdict again; careful people reach {bound:.0%}.",
        "Nothing was repeated yet.",
    )


def _of_flags(
    rule: str, flags: npt.NDArray[np.bool_], bound: float, words: str, why_undefined: str
) -> Finding:
    """Test a share of right answers against the bound from below."""
    if not len(flags):
        return _undefined(rule, why_undefined)
    values = flags.astype(np.float64)
    most = float(log_evidence_below(values, bound, every=FEW).max())
    return _found(rule, _share(values), bound=bound, most=most, words=words)


def _left(evidence: Evidence) -> Finding:
    values = evidence.left
    if not len(values):
        return _undefined("left_share", "No verdict was decided yet.")
    right = values.sum() * 2 < len(values)
    values = 1 - values if right else values
    # Either side may be the one: two tests share the chance of a false alarm.
    most = float(log_evidence_above(values, LEFT_BOUND).max() - np.log(2))
    words = (
        f"The {'right' if right else 'left'} edit won in {{value:.0%}} of {{n}} decided answers;"
        " for careful people no side wins in more than {bound:.0%}."
    )
    return _found("left_share", _share(values), bound=LEFT_BOUND, most=most, words=words)


def _agreement(evidence: Evidence) -> Finding:
    if not len(evidence.match):
        return _undefined("agreement", "Nobody else judged the same yet.")
    if evidence.typical is None or evidence.typical < LEAST_TYPICAL:
        why = "People agree too little here to tell careful answers from guesses."
        return _undefined("agreement", why)
    match, gold = evidence.match, evidence.gold.astype(np.float64)
    bounds = np.clip(0.5 + TYPICAL_BOUND * evidence.typical * evidence.weight, 0.01, 0.99)
    order = np.argsort(np.concatenate([_when(match), _when(gold)]), kind="stable")
    evidence_now = log_evidence_below(
        np.concatenate([match, gold])[order],
        np.concatenate([bounds, np.full(len(gold), GOLD_BESIDE)])[order],
        weight=np.concatenate([np.minimum(evidence.weight / CLEAR, 1), np.ones(len(gold))])[order],
    )
    value, low, high = _slope(match - 0.5, evidence.weight * evidence.typical)
    return _found(
        "agreement",
        (len(match) + len(gold), value, low, high),
        bound=TYPICAL_BOUND,
        most=float(evidence_now.max()),
        words="{n} answers go with the others’ and the gold {value:.0%} as far as usual here;"
        " guesses would 0%, careful people {bound:.0%}.",
        odds=AGREEMENT_ODDS,
    )


#: The rules by name, in the order in which they are shown.
RULES: Mapping[str, Callable[[Evidence], Finding]] = {
    "agreement": _agreement,
    "left_share": _left,
    "gold": _gold,
    "repeats": _repeats,
}


def _when(values: FloatArray) -> FloatArray:
    """Return where each answer lies in a person's work, from 0 to 1: the two kinds are mixed."""
    when: FloatArray = (np.arange(len(values)) + 0.5) / max(len(values), 1)
    return when


def _share(values: FloatArray) -> tuple[int, float, float, float]:
    n, total = len(values), float(values.sum())
    return n, total / n, *wilson(total, n)


def _slope(y: FloatArray, x: FloatArray) -> tuple[float | None, float | None, float | None]:
    """Return the slope of y on x through 0 with its normal 95 % interval; None where x is 0."""
    square = float((x**2).sum())
    if square == 0 or len(x) < 2:  # noqa: PLR2004 - one number has no spread
        return None, None, None
    slope = float((x * y).sum()) / square
    # Robust to unequal spread: the residuals of clear comparisons count more.
    error = float(np.sqrt((x**2 * (y - slope * x) ** 2).sum())) / square
    return slope, slope - Z * error, slope + Z * error


def _undefined(rule: str, why: str) -> Finding:
    return Finding(rule, None, "", 0, None, None, None, None, 1.0, why)


def _found(  # noqa: PLR0913 - a finding's parts, all by keyword
    rule: str,
    measured: tuple[int, float | None, float | None, float | None],
    *,
    bound: float,
    most: float,
    words: str,
    odds: Mapping[Action, float] = ODDS,
) -> Finding:
    n, value, low, high = measured
    action: Action | None = None
    for name, least in odds.items():
        action = name if most >= np.log(least) else action
    reason = words.format(value=value or 0.0, n=n, bound=bound) if action else ""
    now = float(np.exp(min(max(most, 0.0), 700.0)))
    return Finding(rule, action, reason, n, value, low, high, bound, now)
