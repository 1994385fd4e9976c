"""What is known of one person's work: the shape that pages, commands and rules read."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from annotation.quality.selectors.estimates import Estimate


@dataclass(frozen=True)
class Gold:
    """Golds answered as expected: verdicts, and scores within the tolerance of each dimension.

    verdicts: ranks equal to the reference's. by_dimension: by slug, the share of scored edits.
    """

    verdicts: Estimate
    by_dimension: dict[str, Estimate]


@dataclass(frozen=True)
class Repeats:
    """How often a second answer equals the first: all, in the same order, in a changed one.

    kappa: Cohen's, of all repeats; None where undefined.
    """

    all: Estimate
    same_order: Estimate
    changed_order: Estimate
    kappa: float | None


@dataclass(frozen=True)
class LeftShare:
    """How often the better of two edits stood further left: 1/2 is expected of everybody.

    low, high: Wilson. q: of the exact test against 1/2, adjusted over all people (Benjamini and
    Hochberg). shrunk: the share when the person is taken for one of these people.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int
    q: float | None = None
    shrunk: float | None = None
    shrunk_low: float | None = None
    shrunk_high: float | None = None
    why: str | None = None


@dataclass(frozen=True)
class Pace:
    """Time at work, as the server counts it. Never a ground alone.

    z: robust, against the same comparisons; negative = fast. n: answers with a known
    time; n_compared: those that somebody else timed too.
    """

    median_seconds: float | None
    z: float | None
    n: int
    n_compared: int
    why: str | None = None


@dataclass(frozen=True)
class Run:
    """The longest run of one and the same answer as it stood on the screen.

    bound: an upper bound of the chance of such a run; None without answers.
    """

    n: int
    longest: int
    bound: float | None
    entropy: float | None


@dataclass(frozen=True)
class Drift:
    """Whether right answers became rarer. None = undefined, `why` is the reason.

    Series of golds, repeats and agreement with others, in order of time: value 1 = right, at:
    seconds since 1970. baseline: the share right among the first BASELINE answers. signal: index of
    the answer after which CUSUM crossed its limit. versions: (index, rubric version) where a newer
    version of the rubric begins.
    """

    n: int
    baseline: float | None = None
    latest: float | None = None
    signal: int | None = None
    signal_at: float | None = None
    versions: list[tuple[int, int]] = field(default_factory=list)
    why: str | None = None


@dataclass(frozen=True)
class PersonQuality:
    """Everything known of one annotator in a campaign, with n, intervals and reasons.

    n: judgments in force in the counting lanes; n_answers: all answers that these numbers read,
    those that a lead set aside too, so that they keep the reason why. agreement: the same winner as
    others, 1/2 by chance; verdicts: the same verdict, ties included. duplicate_notes: notes that
    repeat an own one; not_loaded: answers before every picture was shown; below_full_size: answers
    with an edit never seen at full size; impossible_times: answers whose client claims more time at
    work than passed.
    """

    user_id: int
    username: str
    pseudonym: UUID
    n: int
    n_answers: int
    gold: Gold
    repeats: Repeats
    left: LeftShare
    agreement: Estimate
    verdicts: Estimate
    pace: Pace
    run: Run
    duplicate_notes: Estimate
    not_loaded: Estimate
    below_full_size: Estimate
    impossible_times: Estimate
    drift: Drift
    flags: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return a person in `quality --json` without the action; `why`: reasons of nulls."""
        why = {
            "gold": self.gold.verdicts.why,
            "repeats": self.repeats.all.why,
            "left_share": self.left.why,
            "agreement": self.agreement.why,
            "speed_z": self.pace.why,
            "drift": self.drift.why,
        }
        return {
            "user": self.username,
            "n": self.n,
            "gold": self._gold(),
            "repeats": self._repeats(),
            "left_share": vars(self.left),
            "agreement": self.agreement.as_dict() | {"verdicts": self.verdicts.as_dict()},
            "speed_z": self.pace.z,
            "pace": vars(self.pace),
            "straight_lining": vars(self.run),
            "duplicate_notes": self.duplicate_notes.as_dict(),
            "not_loaded": self.not_loaded.as_dict(),
            "below_full_size": self.below_full_size.as_dict(),
            "impossible_times": self.impossible_times.as_dict(),
            "drift": vars(self.drift) if self.drift.why is None else None,
            "flags": list(self.flags),
            "why": {name: reason for name, reason in why.items() if reason is not None},
        }

    def _gold(self) -> dict[str, Any] | None:
        if self.gold.verdicts.value is None:
            return None
        dimensions = {name: one.as_dict() for name, one in self.gold.by_dimension.items()}
        return self.gold.verdicts.as_dict() | {"dimensions": dimensions}

    def _repeats(self) -> dict[str, Any]:
        return self.repeats.all.as_dict() | {
            "same_order": self.repeats.same_order.as_dict(),
            "changed_order": self.repeats.changed_order.as_dict(),
            "kappa": self.repeats.kappa,
        }
