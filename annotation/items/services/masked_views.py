"""Make the views without watermarks, in campaigns that hide some."""

import time
from collections.abc import Iterator
from typing import Any, NamedTuple

from django.db.models import Case, Exists, F, OuterRef, QuerySet, When

from annotation.common.storage import masked_view_name, original_name, put_once, read
from annotation.items.imaging.derivatives import fit_view, full_view
from annotation.items.imaging.pictures import open_picture
from annotation.items.imaging.sizes import at_size, served_size
from annotation.items.imaging.watermarks import hide, tag_of
from annotation.models import Campaign, Candidate, Item, MaskedView
from jobs.isolation import for_each, one_at_a_time

# Seconds per run of the periodic task; the rest is done in the next run.
BUDGET = 20.0
CHUNK = 50


class _Wanted(NamedTuple):
    """A picture that lacks its view. pk: of the row that shows it; size: (width, height) of it.

    for_size: of the source beside which it is served; (0, 0) = it is served at its own size.
    """

    pk: int
    image_id: int
    sha256: str
    size: tuple[int, int]
    for_size: tuple[int, int]
    watermarks: list[str]


def make_masked_views(campaign: Campaign | None = None, *, seconds: float | None = BUDGET) -> int:
    """Make missing views, of one campaign or of all; return how many pictures got theirs.

    Idempotent. A picture that cannot be decoded is logged, and is not served. seconds: None for no
    limit. The periodic run (no campaign) does nothing while another one is active.
    """
    until = None if seconds is None else time.monotonic() + seconds
    if campaign is not None:
        return _make(campaign, until)
    with one_at_a_time("annotation.make_masked_views") as is_mine:
        return _make(None, until) if is_mine else 0


def _make(campaign: Campaign | None, until: float | None) -> int:
    items = Item.objects.filter(withdrawn_at__isnull=True)
    edits = Candidate.objects.filter(withdrawn_at__isnull=True, item__withdrawn_at__isnull=True)
    if campaign is not None:
        items, edits = items.filter(campaign=campaign), edits.filter(item__campaign=campaign)
    n_made = 0
    for missing in (_missing(items, "", "source"), _missing(edits, "item__", "image")):
        for chunk in _chunks(missing):
            tally = for_each(chunk, _make_one, name=_name, until=until)
            n_made += tally.n_done
            if not tally.is_complete:
                return n_made
    return n_made


def _missing(rows: QuerySet[Any], item: str, image: str) -> QuerySet[Any, Any]:
    """Keep rows of campaigns with watermarks whose picture has no view without them.

    item, image: the paths from a row to its item, with its underscores, and to its picture.
    """
    for_size = {
        f"for_{side}": Case(
            When(**{f"{item}campaign__one_size": True}, then=F(f"{item}source__{side}")), default=0
        )
        for side in ("width", "height")
    }
    there = MaskedView.objects.filter(
        image=OuterRef(image),
        watermarks=OuterRef(f"{item}campaign__watermarks"),
        for_width=OuterRef("for_width"),
        for_height=OuterRef("for_height"),
    )
    found: QuerySet[Any, Any] = (
        rows.exclude(**{f"{item}campaign__watermarks": []})
        .exclude(**{f"{item}campaign__state": Campaign.State.CLOSED})
        .annotate(**for_size)
        .exclude(Exists(there))
        .order_by("pk")
        .values_list(
            "pk",
            *(f"{image}__{name}" for name in ("pk", "sha256", "width", "height")),
            *("for_width", "for_height", f"{item}campaign__watermarks"),
        )
    )
    return found


def _chunks(missing: QuerySet[Any, Any]) -> Iterator[list[_Wanted]]:
    after = 0
    while rows := list(missing.filter(pk__gt=after)[:CHUNK]):
        chunk = [
            _Wanted(pk, image, sha256, (width, height), (for_width, for_height), watermarks)
            for pk, image, sha256, width, height, for_width, for_height, watermarks in rows
        ]
        yield chunk
        after = chunk[-1].pk


def _name(wanted: _Wanted) -> str:
    return f"view of image {wanted.sha256} without watermarks"


def _make_one(wanted: _Wanted) -> None:
    size = served_size(wanted.size, wanted.for_size) if all(wanted.for_size) else wanted.size
    pixels = at_size(open_picture(read(original_name(wanted.sha256))).pixels, size)
    pixels = hide(pixels, wanted.watermarks)
    paths, tag = {}, tag_of(wanted.watermarks)
    for view in (fit_view(pixels), full_view(pixels)):
        paths[view.variant] = masked_view_name(wanted.sha256, view.variant, size, tag)
        put_once(paths[view.variant], view.data)
    MaskedView.objects.get_or_create(
        image_id=wanted.image_id,
        for_width=wanted.for_size[0],
        for_height=wanted.for_size[1],
        watermarks=wanted.watermarks,
        defaults={"fit_path": paths["fit"], "full_path": paths["full"]},
    )
