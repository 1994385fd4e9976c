"""Disagreement between people and model: three numbers for each judged comparison."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from annotation.models import (
    Campaign,
    CampaignEvent,
    Candidate,
    Comparison,
    Judgment,
    Lane,
    ModelSignal,
    QueueEntry,
    SendBack,
)
from annotation.quality.selectors.outcomes import answers
from annotation.queue.selectors.disputes import waits_for_adjudicator
from annotation.references.selectors import blocking_references
from annotation.stats.votes import vote_entropy

Kind = ModelSignal.Kind
SORTS = ("surprise", "human", "uncertainty")


@dataclass(frozen=True)
class Disagreement:
    """A judged comparison. A number is None where it is undefined or not computed yet."""

    comparison_id: int
    human: float | None
    surprise: float | None
    uncertainty: float | None
    n_votes: int


def current_model(campaign: Campaign) -> str | None:
    """Return the model that wrote the stored signals, the last one to do so."""
    newest = (
        ModelSignal.objects.filter(comparison__campaign=campaign).order_by("-created_at", "-id")
    ).first()
    return None if newest is None else newest.model


def is_champion(campaign: Campaign, model: str) -> bool:
    """Whether a model is the champion, by the last champion event of the campaign."""
    events = CampaignEvent.objects.filter(campaign=campaign, verb="champion")
    last = events.order_by("-created_at", "-pk").first()
    return last is not None and last.detail.get("model") == model


def ranking(campaign: Campaign, *, by: str = "surprise") -> list[Disagreement]:
    """Return judged comparisons in use, most disagreement first, undefined values last.

    by: surprise (model–human), human (entropy of votes) or uncertainty (of the model).
    Raises ValueError for another order.
    """
    if by not in SORTS:
        raise ValueError(f"order is one of {', '.join(SORTS)}, not {by!r}")
    votes = _votes(campaign)
    signals = _signals(campaign)
    rows = [
        Disagreement(
            comparison_id=pk,
            human=vote_entropy(ranks),
            surprise=signals.get((pk, Kind.SURPRISE)),
            uncertainty=signals.get((pk, Kind.UNCERTAINTY)),
            n_votes=len(ranks),
        )
        for pk, ranks in votes.items()
    ]

    def key(row: Disagreement) -> tuple[bool, float, int]:
        value = getattr(row, by)
        return (value is None, 0.0 if value is None else -value, row.comparison_id)

    return sorted(rows, key=key)


def _votes(campaign: Campaign) -> dict[int, Any]:
    data = answers(campaign)
    order = data.comparison.argsort(kind="stable")
    found: dict[int, Any] = {}
    start = 0
    ids = data.comparison[order]
    for end in [*((ids[1:] != ids[:-1]).nonzero()[0] + 1).tolist(), len(ids)]:
        if end > start:
            rows = order[start:end]
            found[int(ids[start])] = data.ranks[rows, : int(data.k[rows[0]])]
        start = end
    return found


def _signals(campaign: Campaign) -> dict[tuple[int, str], float]:
    model = current_model(campaign)
    rows = ModelSignal.objects.filter(comparison__campaign=campaign, model=model)
    return {
        (pk, kind): value for pk, kind, value in rows.values_list("comparison_id", "kind", "value")
    }


def may_be_sent_back(campaign: Campaign) -> QuerySet[Comparison]:
    """Return comparisons that may get one more judgment.

    They are in use, not held, and have no free slot. Closed campaigns, disputes and references are
    left out. Held-out sources are never sent back: models are compared on them.
    """
    waiting = QueueEntry.objects.filter(comparison=OuterRef("pk"), slot__isnull=False)
    if campaign.state == Campaign.State.CLOSED:
        return Comparison.objects.none()
    return Comparison.objects.filter(
        ~Exists(waiting),
        ~waits_for_adjudicator(),
        campaign=campaign,
        withdrawn_at__isnull=True,
        held_at__isnull=True,
        item__held_out=False,
    ).exclude(Exists(blocking_references()))


def open_send_backs(campaign: Campaign) -> int:
    """Return how many comparisons wait in the disagreement lane."""
    waiting = QueueEntry.objects.filter(campaign=campaign, lane=Lane.DISAGREEMENT)
    return waiting.values("comparison").distinct().count()


def sent_back_for(model: str, campaign: Campaign) -> set[int]:
    """Return the comparisons that were sent back for this model before."""
    return set(
        SendBack.objects.filter(comparison__campaign=campaign, model=model).values_list(
            "comparison_id", flat=True
        )
    )


@dataclass(frozen=True)
class Shown:
    """One candidate of a comparison as a lead sees it."""

    candidate: Candidate
    wins: int
    mean_scores: list[float]


@dataclass(frozen=True)
class Entry:
    """A ranked comparison with what a lead needs to review it."""

    numbers: Disagreement
    comparison: Comparison
    shown: list[Shown]
    may_send_back: bool
    with_adjudicators: bool
    times_sent_back: int


def entries(campaign: Campaign, page: Sequence[Disagreement]) -> list[Entry]:
    """Return the comparisons of one page with images and votes. Six queries."""
    ids = [row.comparison_id for row in page]
    comparisons = Comparison.objects.select_related("item").in_bulk(ids)
    wanted = {pk for comparison in comparisons.values() for pk in comparison.candidate_ids}
    candidates = Candidate.objects.select_related("generator", "image").in_bulk(wanted)
    judgments = _in_force(ids)
    free_to_send = set(may_be_sent_back(campaign).filter(pk__in=ids).values_list("pk", flat=True))
    disputed = set(
        Comparison.objects.filter(waits_for_adjudicator(), pk__in=ids).values_list("pk", flat=True)
    )
    sent: dict[int, int] = {}
    for pk in SendBack.objects.filter(comparison__in=ids).values_list("comparison_id", flat=True):
        sent[pk] = sent.get(pk, 0) + 1
    return [
        Entry(
            numbers=row,
            comparison=comparisons[row.comparison_id],
            shown=_shown(
                comparisons[row.comparison_id], candidates, judgments.get(row.comparison_id, [])
            ),
            may_send_back=row.comparison_id in free_to_send,
            with_adjudicators=row.comparison_id in disputed,
            times_sent_back=sent.get(row.comparison_id, 0),
        )
        for row in page
    ]


def _in_force(ids: list[int]) -> dict[int, list[Judgment]]:
    found: dict[int, list[Judgment]] = {}
    for judgment in (
        Judgment.objects.in_force().counting().filter(comparison__in=ids, scores__isnull=False)
    ):
        found.setdefault(judgment.comparison_id, []).append(judgment)
    return found


def _shown(
    comparison: Comparison, candidates: dict[int, Candidate], judgments: list[Judgment]
) -> list[Shown]:
    shown = []
    for position, pk in enumerate(comparison.candidate_ids):
        scores = [j.scores[position] for j in judgments if j.scores is not None]
        ranks = [j.ranks for j in judgments if j.ranks is not None]
        shown.append(
            Shown(
                candidate=candidates[pk],
                wins=sum(r[position] == 1 and r.count(1) == 1 for r in ranks),
                mean_scores=[sum(column) / len(column) for column in zip(*scores, strict=True)],
            )
        )
    return shown


def public_ids(comparison_ids: Collection[int]) -> dict[int, str]:
    """Return the public id of each comparison. One query."""
    rows = Comparison.objects.filter(pk__in=comparison_ids).values_list("pk", "public_id")
    return {pk: str(public_id) for pk, public_id in rows}
