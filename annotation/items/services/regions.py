"""Store each item's change region and the shifts of its candidates.

Computed from the fit views: people see these, they are upright, in one colour space and larger than
the working size. The file is named by its content hash; the row stores a digest of the images that
it was made of.
"""

import hashlib
import time
from datetime import timedelta
from io import BytesIO

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Now
from PIL import Image

from annotation.common.storage import original_name, put_once, read
from annotation.items.imaging.masks import read_mask
from annotation.items.imaging.regions import (
    at_working_size,
    change_region,
    encoded,
    mask_region,
)
from annotation.models import Campaign, Candidate, ChangeRegion, Derivative, Item, StoredImage
from jobs.isolation import Tally, for_each, one_at_a_time

# Number of items of a campaign before the next campaign is processed.
CHUNK = 10
# Seconds per run; the rest is done in the next run.
BUDGET = 20.0
# Number of tries of a failed item, and the time between two tries.
MOST_TRIES = 3
TRY_AGAIN_AFTER = timedelta(minutes=10)
Kind = ChangeRegion.Kind


def refresh_regions(*, seconds: float = BUDGET) -> int:
    """Compute missing and outdated regions; return how many.

    Campaigns take turns, oldest items first, until the time limit; the next run continues.
    Idempotent: the same images give the same file and row. Does nothing while another run is
    active.
    """
    until, made = time.monotonic() + seconds, list[bool]()
    with one_at_a_time("annotation.refresh_regions") as is_mine:
        waiting = _campaigns_with_stale_items() if is_mine else {}
        while waiting:
            for campaign, after in list(waiting.items()):
                items = list(
                    stale_items().filter(campaign=campaign, pk__gt=after).order_by("pk")[:CHUNK]
                )
                if not _refresh_some(items, made, until).is_complete:
                    return sum(made)
                if len(items) < CHUNK:
                    del waiting[campaign]
                else:
                    waiting[campaign] = items[-1].pk
    return sum(made)


def _refresh_some(items: list[Item], made: list[bool], until: float) -> Tally:
    return for_each(
        items,
        lambda item: made.append(refresh_region(item)),
        name=lambda item: f"change region of item {item.public_id}",
        on_failure=_keep_failure,
        until=until,
    )


def _campaigns_with_stale_items() -> dict[int, int]:
    """Return {campaign id: 0}: the item id after which to begin."""
    found = stale_items().order_by("campaign").values_list("campaign", flat=True).distinct()
    return dict.fromkeys(found, 0)


def stale_items() -> QuerySet[Item]:
    """Return items in use whose region is missing or older than a change of their candidates.

    Items that failed recently or too often are left out until a candidate changes.
    """
    candidates = Candidate.objects.filter(item=OuterRef("pk"))
    since = Q(created_at__gte=OuterRef("change_region__updated_at")) | Q(
        withdrawn_at__gte=OuterRef("change_region__updated_at")
    )
    failed = Q(
        change_region__n_failures__range=(1, MOST_TRIES - 1),
        change_region__updated_at__lt=Now() - TRY_AGAIN_AFTER,
    )
    return (
        Item.objects.filter(withdrawn_at__isnull=True)
        .exclude(campaign__state=Campaign.State.CLOSED)
        .filter(Exists(candidates))
        .filter(Q(change_region__isnull=True) | Exists(candidates.filter(since)) | failed)
        .select_related("source", "mask", "campaign")
    )


def _keep_failure(item: Item, reason: str) -> None:
    """Store on the item's region why there is none, for the lead's page."""
    known, _ = ChangeRegion.objects.get_or_create(item=item, defaults={"kind": Kind.NONE})
    ChangeRegion.objects.filter(pk=known.pk).update(
        kind=Kind.NONE,
        path="",
        shifts={},
        made_of="",
        failure=reason,
        n_failures=F("n_failures") + 1,
        updated_at=Now(),
    )


def refresh_region(item: Item) -> bool:
    """Make one item's region; False while a view of one of its images is still being made."""
    candidates = list(
        item.candidates.filter(withdrawn_at__isnull=True).select_related("image").order_by("pk")
    )
    images = [item.source, *(candidate.image for candidate in candidates)]
    views = dict(
        Derivative.objects.filter(image__in=images, variant=Derivative.Variant.FIT).values_list(
            "image_id", "path"
        )
    )
    if any(image.pk not in views for image in images):
        return False
    source = at_working_size(_open(views[item.source_id]))
    size = (source.shape[1], source.shape[0])
    edits = [at_working_size(_open(views[one.image_id]), size) for one in candidates]
    found = change_region(source, edits)
    kind, region = (Kind.NONE, None) if found.region is None else (Kind.CANDIDATES, found.region)
    if item.mask is not None:
        mask = read_mask(read(original_name(item.mask.sha256)))
        kind, region = Kind.MASK, mask_region(mask.region, size)
    path = "" if region is None else _stored(encoded(region))
    shifts = {
        str(candidate.pk): [round(right, 5), round(down, 5)]
        for candidate, (right, down) in zip(candidates, found.shifts, strict=True)
        if right or down
    }
    with transaction.atomic():
        ChangeRegion.objects.update_or_create(
            item=item,
            defaults={
                "kind": kind,
                "path": path,
                "shifts": shifts,
                "made_of": made_of(images, item.mask),
                "failure": "",
                "n_failures": 0,
                "updated_at": Now(),
            },
        )
    return True


def made_of(images: list[StoredImage], mask: StoredImage | None) -> str:
    """Return a digest of the images that a region is computed from."""
    names = [image.sha256 for image in images] + ([mask.sha256] if mask else [])
    return hashlib.sha256(" ".join(names).encode()).hexdigest()


def region_name(sha256: str) -> str:
    """Return the storage name of a region's picture."""
    return f"regions/{sha256[:2]}/{sha256}.png"


def _stored(data: bytes) -> str:
    name = region_name(hashlib.sha256(data).hexdigest())
    put_once(name, data)
    return name


def _open(path: str) -> Image.Image:
    return Image.open(BytesIO(read(path)))
