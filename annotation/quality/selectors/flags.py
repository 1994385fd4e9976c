"""What is conspicuous about a person. A flag is a reason to look, never a decision."""

from collections.abc import Collection, Iterable
from statistics import median

from annotation.quality.selectors.estimates import Estimate
from annotation.quality.selectors.person_quality import PersonQuality

# By name: what a page says. Every flag rests on an interval or a test, never on a bare share.
FLAGS = {
    "follows_side": "Prefers one side of the screen",
    "side_in_repeats": "Answers change when the order does",
    "inconsistent": "Repeated answers differ",
    "low_gold": "Golds are missed",
    "low_agreement": "Names other winners than the rest",
    "chance_agreement": "Agrees no more than by chance",
    "same_answer_run": "One answer many times in a row",
    "same_notes": "Notes repeat each other",
    "pictures_not_loaded": "Answers before the pictures are there",
    "impossible_times": "Claims more time than passed",
    "fast": "Much faster than others",
    "drift": "Became worse",
}
# The flag that says what a quality rule found.
FLAG_OF_RULE = {
    "agreement": "low_agreement",
    "left_share": "follows_side",
    "gold": "low_gold",
    "repeats": "inconsistent",
}
FALSE_DISCOVERY_RATE = 0.05
# Shares that nobody who works with care falls below, with whole intervals.
GOLD_FLOOR, REPEAT_FLOOR, CHANCE = 0.7, 0.6, 0.5
# Golds, repeats or times before they are worth a word: two misses in two end at .66.
FEWEST_CHECKED = 10
# Verdicts compared with others' before agreement by chance is worth a word.
FEWEST_COMPARED = 50
RUN_BOUND, FAST_Z, NOTE_SHARE, FEWEST_NOTES, MISSING_SHARE = 0.001, -3.5, 0.5, 8, 0.1


def flags_of(
    person: PersonQuality, *, typical: float | None, rules: Collection[str] = ()
) -> tuple[str, ...]:
    """Return the names of a person's flags, in the order of FLAGS.

    typical: the median over people of the share of same winners, None without any. rules: the
    quality rules that accuse the person; each raises its flag too, so that nobody is warned or
    paused by a rule while no flag says why.
    """
    by_rules = {FLAG_OF_RULE[rule] for rule in rules}
    changed, same = person.repeats.changed_order, person.repeats.same_order
    raised = {
        "follows_side": _follows_side(person),
        "side_in_repeats": _is_below(changed, same.low),
        "inconsistent": person.repeats.all.n >= FEWEST_CHECKED
        and _is_below(person.repeats.all, REPEAT_FLOOR),
        "low_gold": person.gold.verdicts.n >= FEWEST_CHECKED
        and _is_below(person.gold.verdicts, GOLD_FLOOR),
        "low_agreement": _is_below(person.agreement, typical),
        "chance_agreement": _is_chance(person.agreement, typical),
        "same_answer_run": person.run.bound is not None and person.run.bound < RUN_BOUND,
        "same_notes": person.duplicate_notes.n >= FEWEST_NOTES
        and _is_above(person.duplicate_notes, NOTE_SHARE),
        "pictures_not_loaded": _is_above(person.not_loaded, MISSING_SHARE),
        "impossible_times": _is_above(person.impossible_times, MISSING_SHARE),
        "fast": person.pace.z is not None
        and person.pace.n_compared >= FEWEST_CHECKED
        and person.pace.z < FAST_Z,
        "drift": person.drift.signal is not None,
    }
    return tuple(name for name in FLAGS if raised[name] or name in by_rules)


def typical_agreement(agreements: Iterable[Estimate]) -> float | None:
    """Return the median share of same winners over the people who have one."""
    known = [one.value for one in agreements if one.value is not None]
    return median(known) if known else None


def _follows_side(person: PersonQuality) -> bool:
    left = person.left
    if left.q is None or left.low is None or left.high is None:
        return False
    apart = not left.low <= CHANCE <= left.high
    if left.shrunk_low is not None and left.shrunk_high is not None:
        apart &= not left.shrunk_low <= CHANCE <= left.shrunk_high
    return apart and left.q <= FALSE_DISCOVERY_RATE


def _is_chance(agreement: Estimate, typical: float | None) -> bool:
    """Whether chance lies inside the interval, and what is typical above it."""
    if agreement.low is None or agreement.high is None or typical is None:
        return False
    return agreement.n >= FEWEST_COMPARED and agreement.low <= CHANCE < agreement.high < typical


def _is_below(share: Estimate, floor: float | None) -> bool:
    return share.high is not None and floor is not None and share.high < floor


def _is_above(share: Estimate, ceiling: float) -> bool:
    return share.low is not None and share.low > ceiling
