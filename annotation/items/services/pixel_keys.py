"""Compute missing pixel keys, for images of releases that had none."""

import logging
import time

from annotation.common.storage import original_name, read
from annotation.errors import PictureRefused
from annotation.items.imaging.derivatives import pixels_sha256
from annotation.items.imaging.pictures import open_picture
from annotation.models import StoredImage
from jobs.isolation import for_each, one_at_a_time

logger = logging.getLogger(__name__)

# Seconds per run; the rest is done in the next run.
BUDGET = 20.0
CHUNK = 200


def fill_pixel_keys(*, seconds: float = BUDGET) -> int:
    """Fill in missing keys, oldest images first; return how many were filled.

    Idempotent; does nothing while another run is active.
    """
    until, n_done, after = time.monotonic() + seconds, 0, 0
    with one_at_a_time("annotation.fill_pixel_keys") as is_mine:
        while is_mine:
            missing = StoredImage.objects.filter(pixels_sha256="", pk__gt=after)
            images = list(missing.order_by("pk").only("pk", "sha256")[:CHUNK])
            tally = for_each(images, _fill, name=lambda image: f"image {image.sha256}", until=until)
            n_done += tally.n_done
            if len(images) < CHUNK or not tally.is_complete:
                break
            after = images[-1].pk
    return n_done


def _fill(image: StoredImage) -> None:
    try:
        pixels = open_picture(read(original_name(image.sha256))).pixels
        key = pixels_sha256(pixels)
    except (PictureRefused, FileNotFoundError) as error:
        # A file that can no longer be decoded gets a key that equals no other picture.
        logger.error("image %s has no key of its pixels: %s", image.sha256, error)  # noqa: TRY400 - a finding, no crash
        key = image.sha256
    StoredImage.objects.filter(pk=image.pk).update(pixels_sha256=key)
