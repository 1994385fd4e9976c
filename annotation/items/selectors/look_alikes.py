"""Pairs that look alike, for the lead and for builds of comparisons."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from annotation.items.selectors.generators import items_in_use
from annotation.models import Campaign, Candidate, Item, LookAlike


@dataclass(frozen=True)
class LookAlikePair:
    """Two candidates of an item that look alike. is_left_out: of new comparisons."""

    row: LookAlike
    is_left_out: bool

    @property
    def candidates(self) -> tuple[Candidate, Candidate]:
        """Both, the one with the lower id first."""
        return self.row.one, self.row.other

    @property
    def reason(self) -> str:
        """Why the pair is taken to look alike, in a sentence."""
        row = self.row
        return (
            f"Where they differ most, brightness differs by {row.luma:.1f} and colour by "
            f"{row.colour:.1f} of 255 levels; everywhere the softer one keeps at least "
            f"{min(1.0, row.sharpness):.0%} of the other’s detail."
        )

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return {
            "id": str(self.row.public_id),
            "item": str(self.row.item.public_id),
            "instruction": self.row.item.instruction,
            "candidates": [
                {
                    "id": str(candidate.public_id),
                    "generator": str(candidate.generator),
                    "seed": candidate.seed,
                }
                for candidate in self.candidates
            ],
            "brightness_levels": round(self.row.luma, 2),
            "colour_levels": round(self.row.colour, 2),
            "sharpness_ratio": round(self.row.sharpness, 3),
            "left_out": self.is_left_out,
        }


@dataclass(frozen=True)
class LookAlikes:
    """The pairs of a campaign, most similar first, as many as asked for.

    n_waiting: items that a worker has not searched since their candidates changed.
    """

    pairs: list[LookAlikePair]
    n_pairs: int
    n_left_out: int
    n_waiting: int

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return {
            "pairs": self.n_pairs,
            "left_out": self.n_left_out,
            "items_not_searched": self.n_waiting,
            "listed": [pair.as_dict() for pair in self.pairs],
        }


def look_alikes_of(campaign: Campaign, *, most: int) -> LookAlikes:
    """Return the pairs whose candidates are in use. Three queries."""
    rows = _pairs(campaign)
    out = _left_out(campaign)
    listed = rows.select_related("item", "one__generator", "other__generator")
    pairs = [LookAlikePair(row, row.choice in out) for row in listed.order_by("luma", "pk")[:most]]
    n = rows.aggregate(all=Count("pk"), out=Count("pk", filter=Q(choice__in=out)))
    return LookAlikes(
        pairs,
        n["all"],
        n["out"],
        items_to_search().filter(campaign=campaign).count(),
    )


def pairs_left_out(campaign: Campaign) -> dict[int, set[tuple[str, str]]]:
    """Return by item the pairs of pictures (hashes of their pixels) that builds leave out."""
    found: dict[int, set[tuple[str, str]]] = defaultdict(set)
    rows = _pairs(campaign).filter(choice__in=_left_out(campaign))
    columns = ("item_id", "one__image__pixels_sha256", "other__image__pixels_sha256")
    for item, one, other in rows.values_list(*columns).iterator(chunk_size=5_000):
        found[item].add((one, other))
    return found


def items_to_search() -> QuerySet[Item]:
    """Return items in use whose candidates changed since they were searched for look-alikes."""
    candidates = Candidate.objects.filter(item=OuterRef("pk"))
    since = Q(created_at__gte=OuterRef("look_alikes_at")) | Q(
        withdrawn_at__gte=OuterRef("look_alikes_at")
    )
    return (
        Item.objects.filter(withdrawn_at__isnull=True, superseded_by__isnull=True)
        .exclude(campaign__state=Campaign.State.CLOSED)
        .filter(Exists(candidates))
        .filter(Q(look_alikes_at__isnull=True) | Exists(candidates.filter(since)))
    )


def _left_out(campaign: Campaign) -> list[str]:
    """Return the choices under which a pair is left out."""
    choices = LookAlike.Choice
    by_setting = [choices.CAMPAIGN] if campaign.leave_out_look_alikes else []
    return [choices.LEAVE_OUT, *by_setting]


def _pairs(campaign: Campaign) -> QuerySet[LookAlike]:
    in_use = Q(one__withdrawn_at__isnull=True, other__withdrawn_at__isnull=True)
    return LookAlike.objects.filter(in_use, item__in=items_in_use(campaign)).exclude(
        one__image__pixels_sha256=F("other__image__pixels_sha256")
    )
