"""Gold accuracy per person, without revealing which comparisons are golds."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter
from typing import NamedTuple, cast

from django.db.models import Q
from django.db.models.functions import Now, TruncDay

from annotation.models import Campaign, Judgment, Lane, ReferenceAnswer, User
from annotation.stats.intervals import wilson

# People see their gold accuracy with a delay and in batches, so that nobody can infer which
# comparison was a gold. Only golds answered at least FEEDBACK_DELAY before today began are counted.
FEEDBACK_DELAY = timedelta(hours=24)
BATCH = 10


class GoldRow(NamedTuple):
    """One gold answer: whose, when first given, and whether its verdict is the reference's."""

    user_id: int
    answered_at: datetime
    agrees: bool


@dataclass(frozen=True)
class GoldAccuracy:
    """How many of n > 0 gold answers agree, with the Wilson 95 % interval of the share.

    until: when the newest of them was first given.
    """

    n: int
    n_agreeing: int
    share: float
    low: float
    high: float
    until: datetime | None = None

    @property
    def low_percent(self) -> float:
        """The interval's lower end in percent."""
        return 100 * self.low

    @property
    def high_percent(self) -> float:
        """The interval's upper end in percent."""
        return 100 * self.high


def gold_feedback(campaign: Campaign, person: User) -> GoldAccuracy | None:
    """Return how many golds a person got right; None while fewer than BATCH are old enough.

    A gold counts when it was first answered at least FEEDBACK_DELAY before today began. The oldest
    are taken first, in whole batches of BATCH. A revision keeps the time of the first answer.
    """
    old_enough = Q(assignment__closed_at__lt=TruncDay(Now()) - FEEDBACK_DELAY)
    rows = sorted(_gold(campaign, Q(annotator=person) & old_enough), key=attrgetter("answered_at"))
    closed = rows[: len(rows) // BATCH * BATCH]
    return _accuracy(closed, until=closed[-1].answered_at) if closed else None


def gold_by_person(campaign: Campaign) -> dict[int, GoldAccuracy]:
    """Return every annotator's accuracy on gold by user id, up to now: for leads. One query."""
    rows: dict[int, list[GoldRow]] = defaultdict(list)
    for row in _gold(campaign, Q()):
        rows[row.user_id].append(row)
    return {user_id: _accuracy(mine) for user_id, mine in rows.items()}


def _gold(campaign: Campaign, wanted: Q) -> list[GoldRow]:
    """Return gold answers in force whose reference is not withdrawn.

    An answer agrees when its ranks equal those of the reference; tie kinds and scores are not
    compared. "Cannot judge" is not counted.
    """
    rows = (
        Judgment.objects.in_force()
        .filter(
            wanted,
            campaign=campaign,
            lane=Lane.GOLD,
            ranks__isnull=False,
            comparison__references__use=ReferenceAnswer.Use.GOLD,
            comparison__references__withdrawn_at__isnull=True,
        )
        .values_list("annotator", "assignment__closed_at", "ranks", "comparison__references__ranks")
    )
    return [
        # An answered assignment is closed.
        GoldRow(user_id, cast("datetime", answered_at), ranks == expected)
        for user_id, answered_at, ranks, expected in rows
    ]


def _accuracy(rows: Sequence[GoldRow], until: datetime | None = None) -> GoldAccuracy:
    n, n_agreeing = len(rows), sum(row.agrees for row in rows)
    low, high = wilson(n_agreeing, n)
    return GoldAccuracy(n, n_agreeing, n_agreeing / n, low, high, until)
