"""Convert pictures to sRGB by their colour profile, also by a missing or broken one."""

from io import BytesIO

import numpy as np
from PIL import Image, ImageCms

# ICC colour space signature -> the Pillow mode that it describes.
MODES = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK"}
# A profile that changes no colour by more than this (of 255 levels) is treated as sRGB.
NEGLIGIBLE = 1


def to_srgb(image: Image.Image, profile: bytes | None) -> tuple[Image.Image, str | None]:
    """Return the image in mode RGB and sRGB, and a note when its profile could not be used.

    image: mode L, RGB or CMYK. profile: the embedded ICC bytes.
    """
    if not profile:
        return image.convert("RGB"), None
    try:
        converted = _through_profile(image, profile)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return image.convert("RGB"), "its colour profile is unreadable and was ignored"
    if converted is None:
        return image.convert("RGB"), "its colour profile is for another colour model: ignored"
    return converted, None


def _through_profile(image: Image.Image, profile: bytes) -> Image.Image | None:
    source = ImageCms.ImageCmsProfile(BytesIO(profile))
    wanted = MODES.get(source.profile.xcolor_space.strip())
    if wanted != image.mode:
        # A grey picture with an RGB profile is common; its grey values are read as RGB.
        if (wanted, image.mode) != ("RGB", "L"):
            return None
        image = image.convert("RGB")
    transform = ImageCms.buildTransform(
        source,
        ImageCms.createProfile("sRGB"),
        image.mode,
        "RGB",
        renderingIntent=ImageCms.Intent.PERCEPTUAL,
    )
    if image.mode != "CMYK" and _changes_nothing(transform, image.mode):
        return image.convert("RGB")
    return ImageCms.applyTransform(image, transform)


def _changes_nothing(transform: ImageCms.ImageCmsTransform, mode: str) -> bool:
    """Whether the conversion changes no colour of a test grid; then no pixel needs converting."""
    steps = np.linspace(0, 255, 18).round().astype(np.uint8)
    if mode == "L":
        lattice = Image.fromarray(steps[None, :])
    else:
        cube = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1)
        lattice = Image.fromarray(cube.reshape(18, 18 * 18, 3))
    after = np.asarray(ImageCms.applyTransform(lattice, transform), dtype=np.int16)
    before = np.asarray(lattice.convert("RGB"), dtype=np.int16)
    return bool(np.abs(after - before).max() <= NEGLIGIBLE)
