"""A campaign's generators: their names, and what can be compared on each item."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

from django.db.models import Count, OuterRef, QuerySet, Subquery

from annotation.items.pools import Entry, Pool, undecided
from annotation.items.telltales import Edit
from annotation.models import Campaign, Candidate, Derivative, Generator, Item

N_VIEWS = len(Derivative.Variant.values)


@dataclass
class Unready:
    """Candidates that cannot be compared yet: a worker has not made their views or pixel keys."""

    items: int = 0
    candidates: int = 0

    def __bool__(self) -> bool:
        return bool(self.items or self.candidates)


def generators_in_use(campaign: Campaign) -> list[Generator]:
    """Return the generators that have a candidate in use, by name."""
    used = candidates_in_use(campaign).values("generator")
    return list(Generator.objects.filter(pk__in=used).order_by("name", "version", "pk"))


def edits_in_use(campaign: Campaign) -> Iterator[Edit]:
    """Yield the edits in use with what their files show, newest items first. One query."""
    generators = generator_names(campaign)
    columns = ("item", "generator", "image__width", "image__height", "image__file_format")
    rows = (
        candidates_in_use(campaign)
        .order_by("-item", "pk")
        .values_list(*columns, "item__source__width", "item__source__height")
    )
    for item, group in groupby(rows.iterator(chunk_size=5_000), key=itemgetter(0)):
        for position, row in enumerate(group, start=1):
            _, generator, width, height, file_format, *source = row
            yield Edit(
                item,
                generators[generator],
                (width, height),
                (source[0], source[1]),
                file_format,
                position,
            )


def generator_names(campaign: Campaign) -> dict[int, str]:
    """Return the name with the version of every generator of a campaign."""
    return {generator.pk: str(generator) for generator in campaign.generators.all()}


def pools_of(campaign: Campaign, unready: Unready) -> Iterator[Pool]:
    """Yield the items in use with the candidates that can be shown, by item; two queries.

    Candidates without views are left out and counted in `unready`. So are those that may be the
    same picture as another one, until that is known.
    """
    sources = dict(items_in_use(campaign).annotate(n=_n_views("source_id")).values_list("pk", "n"))
    rows = (
        candidates_in_use(campaign)
        .annotate(n=_n_views("image_id"))
        .order_by("item_id")
        .values_list(
            *("item_id", "n", "pk", "generator_id"),
            *("image__sha256", "image__colour_grid", "image__pixels_sha256"),
        )
    )
    for item, group in groupby(rows.iterator(chunk_size=5_000), key=itemgetter(0)):
        if (sources.get(item) or 0) < N_VIEWS:
            unready.items += 1
            continue
        entries = []
        for _, n_views, pk, generator, sha256, grid, pixels in group:
            if (n_views or 0) < N_VIEWS:
                unready.candidates += 1
            else:
                grid_bytes = bytes(grid) if grid else None
                entries.append(Entry(pk, generator, sha256, grid_bytes, pixels))
        waiting = undecided(entries)
        unready.candidates += len(waiting)
        yield Pool(item, tuple(entry for entry in entries if entry.id not in waiting))


def n_items_with_both(campaign: Campaign, one: list[int], other: list[int]) -> int:
    """Count the items in use that hold edits of both of two groups of generators, by id."""
    edits = candidates_in_use(campaign)
    items = items_in_use(campaign)
    for group in (one, other):
        items = items.filter(pk__in=edits.filter(generator__in=group).values("item"))
    return items.count()


def items_in_use(campaign: Campaign) -> QuerySet[Item]:
    """Keep items that were neither withdrawn nor corrected by a later version."""
    return Item.objects.filter(
        campaign=campaign, withdrawn_at__isnull=True, superseded_by__isnull=True
    )


def candidates_in_use(campaign: Campaign) -> QuerySet[Candidate]:
    return Candidate.objects.filter(
        item__in=items_in_use(campaign), withdrawn_at__isnull=True, superseded_by__isnull=True
    )


def _n_views(image: str) -> Subquery:
    views = Derivative.objects.filter(image_id=OuterRef(image)).values("image_id")
    return Subquery(views.annotate(n=Count("pk")).values("n"))
