"""Judgments as lines of a list: who, when, which lane, which verdict, in words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from uuid import UUID

from django.db.models import QuerySet

from annotation.models import Campaign, Candidate, Judgment, Membership, ReferenceAnswer
from annotation.quality.selectors.labels import judgment_state

LETTERS = "ABCD"
PAIR = 2
STATE_WORDS = {
    "counted": "in force",
    "surplus": "surplus",
    "superseded": "superseded",
    "set_aside": "set aside",
}
CHUNK = 2_000


@dataclass(frozen=True)
class JudgmentRow:
    """One line. generators: at the screen positions, left to right.

    verdict: in letters of the screen positions; side: where the best edit stood, "" for a tie;
    expected: whether a gold's verdict was the expected one, None for other lanes.
    """

    judgment: Judgment
    pseudonym: UUID | None
    state: str
    generators: list[str]
    verdict: str
    side: str
    expected: bool | None

    @property
    def seconds(self) -> float | None:
        """Time at work in seconds, as the server counts it."""
        return _seconds(self.judgment.worked_ms)

    @property
    def claimed_seconds(self) -> float | None:
        """Time at work in seconds, as the client claims it."""
        return _seconds(self.judgment.active_ms)

    @property
    def state_words(self) -> str:
        """The state in words."""
        return STATE_WORDS[self.state]

    @property
    def scores(self) -> str:
        """The scores at the screen positions, the dimensions of an edit joined by commas."""
        scores = self.judgment.scores
        if scores is None:
            return ""
        order = self.judgment.assignment.shown_order
        return " | ".join(",".join(map(str, scores[index])) for index in order)


def judgment_rows(campaign: Campaign, judgments: QuerySet[Judgment]) -> list[JudgmentRow]:
    """Return a page of judgments as lines. Four queries, whatever the size."""
    rows = list(
        judgments.select_related(
            "annotator", "assignment", "comparison__item", "rubric", "superseded_by", "set_aside"
        )
    )
    return _as_lines(campaign, rows)


def every_row(campaign: Campaign, judgments: QuerySet[Judgment]) -> Iterator[JudgmentRow]:
    """Yield all judgments as lines, in blocks: memory does not grow with their number."""
    ids = judgments.values_list("pk", flat=True).iterator(chunk_size=CHUNK)
    while block := list(islice(ids, CHUNK)):
        rows = judgment_rows(campaign, Judgment.objects.filter(pk__in=block))
        found = {row.judgment.pk: row for row in rows}
        yield from (found[pk] for pk in block)


def verdict_words(ranks: Sequence[int], tie_kind: str | None) -> str:
    """Return a verdict in letters, such as “A, then B and C”, or which kind of tie."""
    if len(set(ranks)) == 1:
        kind = f", {'both' if len(ranks) == PAIR else 'all'} {tie_kind}" if tie_kind else ""
        return f"tie{kind}"
    lettered = list(zip(LETTERS, ranks, strict=False))
    groups = (
        " and ".join(letter for letter, each in lettered if each == rank)
        for rank in sorted(set(ranks))
    )
    return ", then ".join(groups)


def side_of(ranks: Sequence[int]) -> str:
    """Return where the only best edit stood: left, right, or its letter among three or four."""
    best = [position for position, rank in enumerate(ranks) if rank == 1]
    if len(best) != 1:
        return ""
    if len(ranks) == PAIR:
        return ("left", "right")[best[0]]
    return LETTERS[best[0]]


def _as_lines(campaign: Campaign, rows: list[Judgment]) -> list[JudgmentRow]:
    candidates = {pk for row in rows for pk in row.comparison.candidate_ids}
    names = {
        candidate.pk: str(candidate.generator)
        for candidate in Candidate.objects.filter(pk__in=candidates).select_related("generator")
    }
    members = Membership.objects.filter(campaign=campaign, role=Membership.Role.ANNOTATOR)
    pseudonyms = dict(members.values_list("user", "pseudonym"))
    golds = ReferenceAnswer.objects.filter(
        comparison__in={row.comparison_id for row in rows if row.lane == "gold"},
        use=ReferenceAnswer.Use.GOLD,
        withdrawn_at__isnull=True,
    )
    expected = dict(golds.values_list("comparison", "ranks"))
    return [
        _line(
            row,
            pseudonyms.get(row.annotator_id),
            [names[row.comparison.candidate_ids[at]] for at in row.assignment.shown_order],
            expected.get(row.comparison_id) if row.lane == "gold" else None,
        )
        for row in rows
    ]


def _seconds(ms: int | None) -> float | None:
    return None if ms is None else ms / 1000


def _line(
    row: Judgment, pseudonym: UUID | None, generators: list[str], expected: list[int] | None
) -> JudgmentRow:
    shown = None if row.ranks is None else [row.ranks[at] for at in row.assignment.shown_order]
    right = None if expected is None or row.ranks is None else row.ranks == expected
    return JudgmentRow(
        judgment=row,
        pseudonym=pseudonym,
        state=judgment_state(row),
        generators=generators,
        verdict=verdict_words(shown, row.tie_kind) if shown else "",
        side=side_of(shown) if shown else "",
        expected=right,
    )
