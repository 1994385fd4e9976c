"""Which judgments a lead wants to see, and in which order."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from annotation.models import (
    COUNTING_LANES,
    Campaign,
    Judgment,
    Lane,
    Membership,
    ReferenceAnswer,
)

STATES = {
    "": "Any state",
    "in_force": "In force",
    "set_aside": "Set aside",
    "surplus": "Surplus",
    "superseded": "Superseded",
    "cannot_judge": "Could not judge",
}
SORTS = {
    "newest": ("-id",),
    "oldest": ("id",),
    "fastest": (F("worked_ms").asc(nulls_last=True), "-id"),
    "slowest": (F("worked_ms").desc(nulls_last=True), "-id"),
    "person": ("annotator__username", "-id"),
}
SORT_WORDS = {
    "newest": "Newest first",
    "oldest": "Oldest first",
    "fastest": "Fastest first",
    "slowest": "Slowest first",
    "person": "By person",
}
LANES = {"": "Any lane", **{lane.value: str(lane.label) for lane in Lane}}
YES = "yes"


@dataclass(frozen=True)
class JudgmentFilter:
    """What a list of judgments shows. "" and None leave a condition out.

    person, other: pseudonyms; other: comparisons that the second person judged too; differs: with
    another verdict than the other person's; shared: with a vote of anybody else; wrong: golds not
    as expected and repeats that differ from the first answer; since, until: days, both included.
    """

    person: UUID | None = None
    other: UUID | None = None
    lane: str = ""
    state: str = ""
    version: int | None = None
    since: date | None = None
    until: date | None = None
    words: str = ""
    note: bool = False
    differs: bool = False
    shared: bool = False
    wrong: bool = False
    flagged: bool = False
    sort: str = "newest"


def filter_of(params: Mapping[str, str]) -> JudgmentFilter:
    """Return the filter that an address asks for; what is malformed or unknown is left out."""
    return JudgmentFilter(
        person=_uuid(params.get("person", "")),
        other=_uuid(params.get("other", "")),
        lane=_known(params.get("lane", ""), LANES),
        state=_known(params.get("state", ""), STATES),
        version=_number(params.get("version", "")),
        since=_day(params.get("since", "")),
        until=_day(params.get("until", "")),
        words=params.get("words", "").replace("\0", "").strip()[:200],
        note=params.get("note") == YES,
        differs=params.get("differs") == YES,
        shared=params.get("shared") == YES,
        wrong=params.get("wrong") == YES,
        flagged=params.get("flagged") == YES,
        sort=_known(params.get("sort", "newest"), SORTS) or "newest",
    )


def filtered(campaign: Campaign, wanted: JudgmentFilter) -> QuerySet[Judgment]:
    """Return the judgments that a filter keeps, in its order, without related rows."""
    rows = Judgment.objects.filter(_plain(wanted), campaign=campaign)
    if wanted.person is not None:
        rows = rows.filter(annotator__in=_user_of(campaign, wanted.person))
    if wanted.other is not None:
        theirs = _votes().filter(annotator__in=_user_of(campaign, wanted.other))
        if wanted.differs:
            theirs = theirs.exclude(ranks=OuterRef("ranks"))
        rows = rows.filter(Exists(theirs))
    if wanted.shared:
        rows = rows.filter(Exists(_votes().exclude(annotator=OuterRef("annotator"))))
    if wanted.wrong:
        rows = rows.filter(_wrong())
    return rows.order_by(*SORTS[wanted.sort])


def _plain(wanted: JudgmentFilter) -> Q:
    conditions = Q()
    if wanted.lane:
        conditions &= Q(lane=wanted.lane)
    if wanted.version is not None:
        conditions &= Q(rubric__version=wanted.version)
    if wanted.since is not None:
        conditions &= Q(created_at__gte=_midnight(wanted.since))
    if wanted.until is not None:
        conditions &= Q(created_at__lt=_midnight(wanted.until + timedelta(days=1)))
    if wanted.words:
        conditions &= Q(note__icontains=wanted.words) | Q(
            comparison__item__instruction__icontains=wanted.words
        )
    if wanted.note:
        conditions &= ~Q(note="")
    if wanted.flagged:
        conditions &= Q(remarks__flagged=True)
    return conditions & _state(wanted.state)


def _state(state: str) -> Q:
    in_force = Q(surplus=False, superseded_by__isnull=True, set_aside__isnull=True)
    return {
        "": Q(),
        "in_force": in_force,
        "set_aside": Q(set_aside__isnull=False),
        "surplus": Q(surplus=True),
        "superseded": Q(superseded_by__isnull=False),
        "cannot_judge": ~Q(cannot_judge=""),
    }[state]


def _votes() -> QuerySet[Judgment]:
    """Return the judgments in force on the comparison of an outer query."""
    return Judgment.objects.in_force().filter(
        comparison=OuterRef("comparison"), lane__in=COUNTING_LANES, ranks__isnull=False
    )


def _wrong() -> Q:
    """Return: a gold whose ranks are not the expected ones, or a repeat unlike the first answer."""
    expected = ReferenceAnswer.objects.filter(
        comparison=OuterRef("comparison"),
        use=ReferenceAnswer.Use.GOLD,
        withdrawn_at__isnull=True,
    )
    first = Judgment.objects.filter(
        comparison=OuterRef("comparison"),
        annotator=OuterRef("annotator"),
        lane__in=COUNTING_LANES,
        surplus=False,
        superseded_by__isnull=True,
        ranks__isnull=False,
    )
    return Q(ranks__isnull=False) & (
        Q(Exists(expected.exclude(ranks=OuterRef("ranks"))), lane=Lane.GOLD)
        | Q(Exists(first.exclude(ranks=OuterRef("ranks"))), lane=Lane.REPEAT)
    )


def _user_of(campaign: Campaign, pseudonym: UUID) -> QuerySet[Membership, int]:
    return Membership.objects.filter(campaign=campaign, pseudonym=pseudonym).values_list(
        "user", flat=True
    )


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _known(text: str, known: Mapping[str, object]) -> str:
    return text if text in known else ""


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 6 else None  # noqa: PLR2004 - a version


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    # The day after it must exist too.
    return found if date.min < found < date.max else None
