"""A campaign's generators: their names, and what can be compared on each item."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.db.models import Count, QuerySet

from annotation.models import Campaign, Candidate, Derivative, Generator, Item
from annotation.planning.pools import Entry, Pool

N_VIEWS = len(Derivative.Variant.values)


@dataclass
class Unready:
    """What cannot be compared yet, because a worker has not made its views."""

    items: int = 0
    candidates: int = 0

    def __bool__(self) -> bool:
        return bool(self.items or self.candidates)


def generators_in_use(campaign: Campaign) -> list[Generator]:
    """Return the generators that have a candidate in use, by name."""
    used = _candidates(campaign).values("generator")
    return list(Generator.objects.filter(pk__in=used).order_by("name", "version", "pk"))


def generator_names(campaign: Campaign) -> dict[int, str]:
    """Return the name with the version of every generator of a campaign."""
    return {generator.pk: str(generator) for generator in campaign.generators.all()}


def pools_of(campaign: Campaign, unready: Unready) -> Iterator[Pool]:
    """Yield the items in use with the candidates that can be shown, by item; four queries.

    What has no views yet is counted in `unready` and left out.
    """
    items = items_in_use(campaign)
    sources = dict(items.values_list("pk", "source_id"))
    # Of all items: the planner takes the subquery of those in use for one row, and repeats it for
    # every candidate, which is quadratic.
    candidates = Candidate.objects.filter(
        item__campaign=campaign, withdrawn_at__isnull=True, superseded_by__isnull=True
    )
    ready_sources = _with_views(items.values("source_id"))
    ready = _with_views(candidates.values("image_id"))
    rows = candidates.order_by("item_id").values_list(
        "item_id", "pk", "generator_id", "image_id", "image__sha256", "image__colour_grid"
    )
    for item, group in groupby(rows.iterator(chunk_size=5_000), key=itemgetter(0)):
        if item not in sources:
            continue
        if sources[item] not in ready_sources:
            unready.items += 1
            continue
        entries = []
        for _, pk, generator, image, sha256, grid in group:
            if image in ready:
                entries.append(Entry(pk, generator, sha256, bytes(grid) if grid else None))
            else:
                unready.candidates += 1
        yield Pool(item, tuple(entries))


def items_in_use(campaign: Campaign) -> QuerySet[Item]:
    """Keep items that were neither withdrawn nor corrected by a later version."""
    return Item.objects.filter(
        campaign=campaign, withdrawn_at__isnull=True, superseded_by__isnull=True
    )


def _candidates(campaign: Campaign) -> QuerySet[Candidate]:
    return Candidate.objects.filter(
        item__in=items_in_use(campaign), withdrawn_at__isnull=True, superseded_by__isnull=True
    )


def _with_views(images: QuerySet[Any, Any]) -> set[int]:
    """Return those of the images that have all their views: one count, not one per image."""
    views = Derivative.objects.filter(image__in=images).values("image_id").annotate(n=Count("pk"))
    return set(views.filter(n__gte=N_VIEWS).values_list("image_id", flat=True))
