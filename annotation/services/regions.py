"""Keep, for every item, where its candidates mean to change it and how they lie on it.

Computed from the fit views: they are what people see, upright and in one colour space, and larger
than the working size. A file is content-addressed; a row says from which images it was made.
"""

import hashlib
from io import BytesIO

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now
from PIL import Image

from annotation.imaging.regions import (
    at_working_size,
    change_region,
    encoded,
    mask_region,
)
from annotation.models import Campaign, Candidate, ChangeRegion, Derivative, Item, StoredImage
from annotation.services.storage import original_name, put_once, read

CHUNK = 50
Kind = ChangeRegion.Kind


def refresh_regions(*, at_most: int = 2_000) -> int:
    """Make what is missing or out of date, oldest items first; return how many were made.

    Safe to run twice and beside itself: the same images give the same file and row.
    """
    n_made, after = 0, 0
    while n_made < at_most:
        items = list(stale_items().filter(pk__gt=after).order_by("pk")[:CHUNK])
        for item in items:
            n_made += refresh_region(item)
        if len(items) < CHUNK:
            break
        after = items[-1].pk
    return n_made


def stale_items() -> QuerySet[Item]:
    """Return items in use whose region is missing or older than a change of their candidates."""
    candidates = Candidate.objects.filter(item=OuterRef("pk"))
    since = Q(created_at__gte=OuterRef("change_region__updated_at")) | Q(
        withdrawn_at__gte=OuterRef("change_region__updated_at")
    )
    return (
        Item.objects.filter(withdrawn_at__isnull=True)
        .exclude(campaign__state=Campaign.State.CLOSED)
        .filter(Exists(candidates))
        .filter(Q(change_region__isnull=True) | Exists(candidates.filter(since)))
        .select_related("source", "mask", "campaign")
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
        mask = Image.open(BytesIO(read(original_name(item.mask.sha256))))
        kind, region = Kind.MASK, mask_region(mask, size)
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
                "updated_at": Now(),
            },
        )
    return True


def made_of(images: list[StoredImage], mask: StoredImage | None) -> str:
    """Return a digest of the images that a region is made of."""
    names = [image.sha256 for image in images] + ([mask.sha256] if mask else [])
    return hashlib.sha256(" ".join(names).encode()).hexdigest()


def region_name(sha256: str) -> str:
    """Return where a region's picture lies."""
    return f"regions/{sha256[:2]}/{sha256}.png"


def _stored(data: bytes) -> str:
    name = region_name(hashlib.sha256(data).hexdigest())
    put_once(name, data)
    return name


def _open(path: str) -> Image.Image:
    return Image.open(BytesIO(read(path)))
