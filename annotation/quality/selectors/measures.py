"""The numbers of one person as lines of a page, each with the judgments behind it."""

from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from annotation.quality.selectors.estimates import Estimate
from annotation.quality.selectors.person_quality import LeftShare, PersonQuality


@dataclass(frozen=True)
class Measure:
    """One line. flags: the flags that stand on it; query: of the list of the judgments behind."""

    name: str
    share: Estimate | LeftShare
    flags: tuple[str, ...]
    query: str
    note: str = ""


def measures_of(person: PersonQuality, dimensions: dict[str, str]) -> list[Measure]:
    """Return a person's shares with what they are computed from. dimensions: names by slug."""
    gold, repeats, left = person.gold, person.repeats, person.left
    q = f"q = {left.q:.3g}" if left.q is not None else ""
    kappa = f"kappa {repeats.kappa:.2f}" if repeats.kappa is not None else ""
    golds = _query(person.pseudonym, lane="gold")
    again = _query(person.pseudonym, lane="repeat")
    everything = _query(person.pseudonym)
    lines = [
        Measure("Golds as expected", gold.verdicts, ("low_gold",), golds),
        *(
            Measure(f"Golds: {dimensions.get(slug, slug)}", one, (), golds)
            for slug, one in gold.by_dimension.items()
        ),
        Measure("Repeats the same", repeats.all, ("inconsistent",), again, kappa),
        Measure("Repeats, same order", repeats.same_order, (), again),
        Measure("Repeats, changed order", repeats.changed_order, ("side_in_repeats",), again),
        Measure("Left share", left, ("follows_side",), everything, q),
    ]
    if left.shrunk is not None:
        shrunk = Estimate(left.shrunk, left.shrunk_low, left.shrunk_high, left.n)
        lines.append(Measure("Left share, shrunk", shrunk, ("follows_side",), everything))
    shared = _query(person.pseudonym, shared="yes")
    return [
        *lines,
        Measure(
            "Same winner as others",
            person.agreement,
            ("low_agreement", "chance_agreement"),
            shared,
            "1/2 is chance",
        ),
        Measure("Same verdict as others", person.verdicts, (), shared),
        *_evidence(person),
    ]


def _evidence(person: PersonQuality) -> list[Measure]:
    everything = _query(person.pseudonym)
    return [
        Measure(
            "Notes that repeat an own one",
            person.duplicate_notes,
            ("same_notes",),
            _query(person.pseudonym, note="yes"),
        ),
        Measure(
            "Answered before the pictures were there",
            person.not_loaded,
            ("pictures_not_loaded",),
            everything,
        ),
        Measure("An edit never seen at full size", person.below_full_size, (), everything),
        Measure(
            "More time claimed than passed",
            person.impossible_times,
            ("impossible_times",),
            everything,
        ),
    ]


def _query(pseudonym: UUID, **more: str) -> str:
    return urlencode({"person": str(pseudonym)} | more)
