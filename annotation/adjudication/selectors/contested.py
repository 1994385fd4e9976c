"""The contested comparisons of a campaign, those to decide first on top."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from django.db.models import Exists, OuterRef

from annotation.adjudication.selectors.reasons import Reason, priority_of, reasons_of
from annotation.models import (
    SECOND_READING,
    Assignment,
    Campaign,
    Candidate,
    Comparison,
    Judgment,
    Lane,
    Membership,
    QueueEntry,
    ReferenceAnswer,
)
from annotation.queue.selectors.queue import people_left

#: name -> words.
STATES = {"open": "Not handed over", "offered": "With the adjudicators", "claimed": "Being decided"}


@dataclass(frozen=True)
class Contested:
    """A contested comparison. state: one of STATES; priority: larger is looked at first."""

    comparison_id: int
    reasons: Sequence[Reason]
    priority: float
    state: str


@dataclass(frozen=True)
class ContestedLine:
    """A contested comparison as a lead sees it."""

    contested: Contested
    comparison: Comparison
    edits: list[Candidate]

    @property
    def state_words(self) -> str:
        """The state in words."""
        return STATES[self.contested.state]


@dataclass(frozen=True)
class HandOver:
    """What handing over would do, or did. left_out: by reason, the number of comparisons."""

    chosen: list[Contested]
    left_out: dict[str, int] = field(default_factory=dict)


def contested(campaign: Campaign) -> list[Contested]:
    """Return the comparisons that somebody should decide, largest priority first.

    Left out are those that were adjudicated, unless two adjudicators differ, and what was withdrawn
    or serves as example or training.
    """
    comparisons = _open_comparisons(campaign)
    reasons = reasons_of(campaign, comparisons)
    adjudicated = _adjudicated(campaign)
    offered, claimed = _with_adjudicators(campaign)
    rows = [
        Contested(
            pk,
            why,
            priority_of(why),
            "claimed" if pk in claimed else "offered" if pk in offered else "open",
        )
        for pk, why in reasons.items()
        if pk not in adjudicated or any(reason.kind == "adjudicators" for reason in why)
    ]
    return sorted(rows, key=lambda row: (-row.priority, row.comparison_id))


def kinds_of(campaign: Campaign, comparison: Comparison) -> list[str]:
    """Return why one comparison is contested now, as kinds."""
    return [
        reason.kind
        for reason in reasons_of(campaign, {comparison.pk: comparison}).get(comparison.pk, [])
    ]


def contested_lines(rows: Sequence[Contested]) -> list[ContestedLine]:
    """Return rows with their pictures. Two queries."""
    comparisons = Comparison.objects.select_related("item").in_bulk(
        [row.comparison_id for row in rows]
    )
    wanted = {pk for comparison in comparisons.values() for pk in comparison.candidate_ids}
    edits = Candidate.objects.in_bulk(wanted)
    return [
        ContestedLine(
            row,
            comparisons[row.comparison_id],
            [edits[pk] for pk in comparisons[row.comparison_id].candidate_ids],
        )
        for row in rows
    ]


def to_hand_over(rows: Sequence[Contested], *, at_most: int) -> HandOver:
    """Return which of the rows adjudicators can get, the first `at_most`, and why others cannot."""
    open_ones = [row for row in rows if row.state == "open"]
    left = people_left([row.comparison_id for row in open_ones], Membership.Role.ADJUDICATOR)
    possible = [row for row in open_ones if left.get(row.comparison_id)]
    counts = {
        "Adjudicators have it already.": len(rows) - len(open_ones),
        "No adjudicator is left who has not judged it.": len(open_ones) - len(possible),
        "More than you asked for.": max(0, len(possible) - at_most),
    }
    return HandOver(possible[:at_most], {why: n for why, n in counts.items() if n})


def to_take_back(campaign: Campaign) -> tuple[int, int]:
    """Return how many disputes wait for an adjudicator, and how many are being decided now."""
    offered, claimed = _with_adjudicators(campaign)
    return len(offered - claimed), len(claimed)


def _open_comparisons(campaign: Campaign) -> dict[int, Comparison]:
    """Return what could be contested: in use, and neither example nor training. One query."""
    shown = ReferenceAnswer.objects.filter(
        comparison=OuterRef("pk"), withdrawn_at__isnull=True
    ).exclude(use=ReferenceAnswer.Use.GOLD)
    return Comparison.objects.filter(
        ~Exists(shown),
        campaign=campaign,
        withdrawn_at__isnull=True,
        item__withdrawn_at__isnull=True,
    ).in_bulk()


def _adjudicated(campaign: Campaign) -> set[int]:
    """Return the comparisons that an adjudicator has answered, also those left to taste."""
    rows = Judgment.objects.in_force().filter(
        campaign=campaign, lane=Lane.ADJUDICATION, ranks__isnull=False
    )
    rows = rows.exclude(assignment__policy=SECOND_READING)
    return set(rows.values_list("comparison", flat=True))


def _with_adjudicators(campaign: Campaign) -> tuple[set[int], set[int]]:
    """Return the comparisons in the adjudication lane, and those that somebody holds."""
    offered = QueueEntry.objects.filter(campaign=campaign, lane=Lane.ADJUDICATION)
    leased = Assignment.objects.filter(
        campaign=campaign, lane=Lane.ADJUDICATION, state=Assignment.State.LEASED
    )
    return (
        set(offered.values_list("comparison", flat=True)),
        set(leased.values_list("comparison", flat=True)),
    )


def of_kinds(rows: Sequence[Contested], kinds: Collection[str]) -> list[Contested]:
    """Return the rows with a reason among `kinds`; no kind = all rows."""
    if not kinds:
        return list(rows)
    return [row for row in rows if any(reason.kind in kinds for reason in row.reasons)]
