"""Store images and their derivatives: files first, then the rows that refer to them."""

from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Exists, OuterRef, QuerySet

from annotation.common.storage import derivative_name, original_name, put_once
from annotation.items.imports.apart import stage_apart
from annotation.items.imports.staging import StagedImage
from annotation.models import Campaign, Candidate, Derivative, Item, StoredImage

N_VARIANTS = len(Derivative.Variant.values)


def known_images(hashes: Collection[str], *, with_views: bool) -> dict[str, datetime]:
    """Return {sha256: time of storage} of stored images; with views only those that have all."""
    found = StoredImage.objects.filter(sha256__in=hashes)
    if with_views:
        found = found.exclude(pk__in=without_views(found))
    return dict(found.values_list("sha256", "created_at"))


def images_of(campaign: Campaign, hashes: Collection[str]) -> set[str]:
    """Return the hashes, out of some, of pictures that a campaign has. One query."""
    image = OuterRef("pk")
    is_source = Exists(Item.objects.filter(campaign=campaign, source=image))
    is_edit = Exists(Candidate.objects.filter(item__campaign=campaign, image=image))
    found = StoredImage.objects.filter(is_source | is_edit, sha256__in=hashes)
    return set(found.values_list("sha256", flat=True))


def without_views(images: QuerySet[StoredImage]) -> QuerySet[StoredImage]:
    """Return those of the images that lack a derivative."""
    return images.annotate(n_views=Count("derivatives")).filter(n_views__lt=N_VARIANTS)


def put_files(image: StagedImage, original: Callable[[], bytes]) -> None:
    """Store the original, byte for byte, and the staged views.

    original: returns the bytes that have the image's sha256. Files are named by content hash, so a
    later run can use the files of a process that was killed here.
    """
    put_once(original_name(image.sha256), original())
    put_views(image)


def put_views(image: StagedImage) -> None:
    """Store the staged views of an image whose original is stored."""
    for view in image.views:
        put_once(derivative_name(image.sha256, view.variant), view.file.read_bytes())


def put_rows(images: Iterable[StagedImage]) -> None:
    """Store the rows of images whose files are stored. Existing rows stay unchanged."""
    # Sorted, so that concurrent imports cannot deadlock.
    images = sorted(images, key=lambda image: image.sha256)
    StoredImage.objects.bulk_create(
        [
            StoredImage(
                sha256=image.sha256,
                n_bytes=image.n_bytes,
                file_format=image.file_format,
                width=image.width,
                height=image.height,
                has_alpha=image.has_alpha,
                pixels_sha256=image.pixels_sha256,
                perceptual_hash=image.perceptual_hash,
                colour_grid=image.colour_grid,
            )
            for image in images
        ],
        ignore_conflicts=True,
    )
    ids = image_ids(image.sha256 for image in images)
    Derivative.objects.bulk_create(
        [
            Derivative(
                image_id=ids[image.sha256],
                variant=view.variant,
                path=derivative_name(image.sha256, view.variant),
                width=view.width,
                height=view.height,
                n_bytes=view.n_bytes,
            )
            for image in images
            for view in image.views
        ],
        ignore_conflicts=True,
    )


def image_ids(hashes: Iterable[str]) -> dict[str, int]:
    """Return {sha256: row id}."""
    found = StoredImage.objects.filter(sha256__in=set(hashes))
    return dict(found.values_list("sha256", "pk"))


def store_picture(data: bytes, *, name: str) -> StoredImage:
    """Store a single picture; a job makes its views. Raises PictureRefused.

    It is decoded in a process of its own with limited memory, one picture at a time on a machine.
    Only workers call it.
    """
    image = stage_apart(data, name=name, lock=Path(settings.WORK_ROOT) / "picture.lock")
    put_files(image, lambda: data)
    with transaction.atomic():
        put_rows([image])
    return StoredImage.objects.get(sha256=image.sha256)
