"""How often people give the reference's verdict on gold; never on which one."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, Max
from django.db.models.functions import Now

from annotation.models import Campaign, Judgment, Lane, ReferenceAnswer, User
from annotation.models.judgments import JudgmentQuerySet
from annotation.stats.intervals import wilson

# So late and so many at once that nobody can tell which comparison was one.
TOLD_AFTER = timedelta(hours=24)
TOLD_FROM = 10


@dataclass(frozen=True)
class GoldAccuracy:
    """How many of n gold answers agree, with the Wilson 95 % interval of the share.

    share, low, high: None while n is 0. until: when the newest of them was first given.
    """

    n: int
    n_agreeing: int
    share: float | None
    low: float | None
    high: float | None
    until: datetime | None = None

    @property
    def low_percent(self) -> float | None:
        """The interval's lower end in percent."""
        return None if self.low is None else 100 * self.low

    @property
    def high_percent(self) -> float | None:
        """The interval's upper end in percent."""
        return None if self.high is None else 100 * self.high


def gold_feedback(campaign: Campaign, person: User) -> GoldAccuracy | None:
    """Return what a person is told about their golds; None while there is too little to tell.

    Only golds first answered at least TOLD_AFTER ago count, and there must be TOLD_FROM of them.
    Changing an answer does not move it in time.
    """
    rows = _gold(campaign).filter(annotator=person, assignment__closed_at__lte=Now() - TOLD_AFTER)
    if rows.count() < TOLD_FROM:
        return None
    until = rows.aggregate(until=Max("assignment__closed_at"))["until"]
    n_agreeing = rows.filter(ranks=F("reference_ranks")).count()
    return _accuracy(rows.count(), n_agreeing, until)


def gold_by_person(campaign: Campaign) -> dict[int, GoldAccuracy]:
    """Return every annotator's accuracy on gold by user id, up to now: for leads. One query."""
    n: Counter[int] = Counter()
    agreeing: Counter[int] = Counter()
    rows = _gold(campaign).values_list("annotator", "ranks", "reference_ranks")
    for user_id, ranks, expected in rows:
        n[user_id] += 1
        agreeing[user_id] += ranks == expected
    return {user_id: _accuracy(n[user_id], agreeing[user_id]) for user_id in n}


def _gold(campaign: Campaign) -> JudgmentQuerySet:
    """Return gold answers in force whose reference stands, with its ranks.

    An answer agrees when it ranks the candidates as the reference does; the kind of a tie and the
    scores are not compared. "Cannot judge" is no answer.
    """
    return (
        Judgment.objects.in_force()
        .filter(
            campaign=campaign,
            lane=Lane.GOLD,
            ranks__isnull=False,
            comparison__references__use=ReferenceAnswer.Use.GOLD,
            comparison__references__withdrawn_at__isnull=True,
        )
        .annotate(reference_ranks=F("comparison__references__ranks"))
    )


def _accuracy(n: int, n_agreeing: int, until: datetime | None = None) -> GoldAccuracy:
    if n == 0:
        return GoldAccuracy(0, 0, None, None, None)
    low, high = wilson(n_agreeing, n)
    return GoldAccuracy(n, n_agreeing, n_agreeing / n, low, high, until)
