"""Images by content: the original under its sha256, and the derivatives people see."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint
from django.db.models.functions import Now


class StoredImage(models.Model):
    """An original, kept byte for byte in the media storage under its sha256."""

    sha256 = models.CharField(max_length=64, unique=True)
    n_bytes = models.BigIntegerField()
    file_format = models.CharField(max_length=10)
    # As seen: after the EXIF orientation was applied.
    width = models.IntegerField()
    height = models.IntegerField()
    has_alpha = models.BooleanField(default=False)
    # Hash of the picture as people see it (items/imaging/derivatives.py); "" until it is computed.
    pixels_sha256 = models.CharField(max_length=64, blank=True, default="", db_default="")
    # 64-bit difference hash of the upright sRGB picture.
    perceptual_hash = models.BigIntegerField(null=True)
    # Mean colour of 16 × 16 cells, RGB bytes row by row (768): finds pictures that look alike.
    colour_grid = models.BinaryField(null=True, max_length=768)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            CheckConstraint(condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="image_sha256_hex"),
            CheckConstraint(condition=Q(width__gte=1, height__gte=1), name="image_has_area"),
            CheckConstraint(
                condition=Q(pixels_sha256="") | Q(pixels_sha256__regex=r"^[0-9a-f]{64}$"),
                name="image_pixels_sha256_hex",
            ),
        ]
        indexes = [
            models.Index(
                fields=["id"], condition=Q(pixels_sha256=""), name="image_without_pixels_sha256"
            ),
        ]

    def __str__(self) -> str:
        return self.sha256[:12]


class SizedView(models.Model):
    """Views of an edit at the size of its source, where that differs from its own.

    for_width, for_height: of the source. width, height: of the full view; the source's, or inside
    it where the shapes differ (items/imaging/sizes.py).
    """

    image = models.ForeignKey(StoredImage, models.PROTECT, related_name="sized_views")
    for_width = models.IntegerField()
    for_height = models.IntegerField()
    width = models.IntegerField()
    height = models.IntegerField()
    fit_path = models.CharField(max_length=140)
    full_path = models.CharField(max_length=140)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            UniqueConstraint(fields=["image", "for_width", "for_height"], name="sized_view_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.image} for {self.for_width} × {self.for_height}"


class MaskedView(models.Model):
    """Views of a picture without the watermarks that a campaign hides.

    for_width, for_height: of the source beside which it is served; 0 = it has its own size.
    """

    image = models.ForeignKey(StoredImage, models.PROTECT, related_name="masked_views")
    watermarks = ArrayField(models.CharField(max_length=80))
    for_width = models.IntegerField()
    for_height = models.IntegerField()
    fit_path = models.CharField(max_length=140)
    full_path = models.CharField(max_length=140)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            UniqueConstraint(
                fields=["image", "for_width", "for_height", "watermarks"],
                name="masked_view_unique",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.image} without {len(self.watermarks)} watermarks"


class Derivative(models.Model):
    """A re-encoded view of an original: upright, sRGB, without any metadata."""

    class Variant(models.TextChoices):
        FIT = "fit", "Fit-size, lossy"
        FULL = "full", "1:1, lossless"

    image = models.ForeignKey(StoredImage, models.PROTECT, related_name="derivatives")
    variant = models.CharField(max_length=8, choices=Variant)
    path = models.CharField(max_length=120)
    width = models.IntegerField()
    height = models.IntegerField()
    n_bytes = models.BigIntegerField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            UniqueConstraint(fields=["image", "variant"], name="derivative_unique"),
            CheckConstraint(condition=Q(variant__in=["fit", "full"]), name="derivative_known"),
        ]

    def __str__(self) -> str:
        return f"{self.image} {self.variant}"
