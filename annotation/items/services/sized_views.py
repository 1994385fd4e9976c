"""Make the views of edits at the size of their sources, in campaigns that serve one size."""

import time
from collections.abc import Iterator

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from annotation.common.storage import original_name, put_once, read, sized_view_name
from annotation.items.imaging.derivatives import fit_view, full_view
from annotation.items.imaging.pictures import open_picture
from annotation.items.imaging.sizes import at_size, served_size
from annotation.models import Campaign, Candidate, SizedView
from jobs.isolation import for_each, one_at_a_time

# Seconds per run of the periodic task; the rest is done in the next run.
BUDGET = 20.0
CHUNK = 50


def make_sized_views(campaign: Campaign | None = None, *, seconds: float | None = BUDGET) -> int:
    """Make missing views, of one campaign or of all; return how many edits got theirs.

    Idempotent. An edit that cannot be decoded is logged, and served in its own size. seconds: None
    for no limit. The periodic run (no campaign) does nothing while another one is active.
    """
    until = None if seconds is None else time.monotonic() + seconds
    if campaign is not None:
        return _make(without_sized_views().filter(item__campaign=campaign), until)
    with one_at_a_time("annotation.make_sized_views") as is_mine:
        return _make(without_sized_views(), until) if is_mine else 0


def without_sized_views() -> QuerySet[Candidate]:
    """Return the edits that lack a view at the size of their source where they are served so."""
    there = SizedView.objects.filter(
        image=OuterRef("image"),
        for_width=OuterRef("item__source__width"),
        for_height=OuterRef("item__source__height"),
    )
    own_size = Q(image__width=F("item__source__width"), image__height=F("item__source__height"))
    return (
        Candidate.objects.filter(withdrawn_at__isnull=True, item__withdrawn_at__isnull=True)
        .filter(item__campaign__one_size=True)
        .exclude(item__campaign__state=Campaign.State.CLOSED)
        .exclude(own_size)
        .exclude(Exists(there))
        .select_related("image", "item__source")
    )


def _make(missing: QuerySet[Candidate], until: float | None) -> int:
    n_made = 0
    for chunk in _chunks(missing):
        tally = for_each(chunk, _make_one, name=_name, until=until)
        n_made += tally.n_done
        if not tally.is_complete:
            break
    return n_made


def _chunks(missing: QuerySet[Candidate]) -> Iterator[list[Candidate]]:
    after = 0
    while chunk := list(missing.filter(pk__gt=after).order_by("pk")[:CHUNK]):
        yield chunk
        after = chunk[-1].pk


def _name(candidate: Candidate) -> str:
    return f"view of image {candidate.image.sha256} at the size of its source"


def _make_one(candidate: Candidate) -> None:
    image, source = candidate.image, candidate.item.source
    size = served_size((image.width, image.height), (source.width, source.height))
    pixels = at_size(open_picture(read(original_name(image.sha256))).pixels, size)
    paths = {}
    for view in (fit_view(pixels), full_view(pixels)):
        paths[view.variant] = sized_view_name(image.sha256, view.variant, size)
        put_once(paths[view.variant], view.data)
    SizedView.objects.get_or_create(
        image=image,
        for_width=source.width,
        for_height=source.height,
        defaults={
            "width": size[0],
            "height": size[1],
            "fit_path": paths["fit"],
            "full_path": paths["full"],
        },
    )
