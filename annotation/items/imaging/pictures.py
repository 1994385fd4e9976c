"""Open an untrusted picture: check it, decode it completely, convert it to upright sRGB."""

import warnings
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, UnidentifiedImageError

from annotation.errors import PictureRefused
from annotation.items.imaging.colour import to_srgb
from annotation.items.imaging.repair import PNG_START, Whole, whole_jpeg, whole_png
from annotation.items.imaging.sizes import Size
from annotation.items.imaging.sniff import JPEG, NAMED, content_of

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "AVIF")
READ = "JPEG, PNG, WebP, AVIF and GIF are read"
MAX_BYTES = 100 * 2**20
MAX_PIXELS = 50_000_000
# The longest side a WebP can have.
MAX_SIDE = 16_383
SUFFIXES = {
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".jpe": "JPEG",
    ".jfif": "JPEG",
    ".png": "PNG",
    ".webp": "WEBP",
    ".gif": "GIF",
    ".avif": "AVIF",
}
TRANSPOSITIONS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# Those that exchange width and height.
TURNED = frozenset([5, 6, 7, 8])
GREY_MODES = {"1", "L", "LA", "La"}
SIXTEEN_BIT_MODES = {"I;16", "I;16L", "I;16B", "I;16N", "I"}
WHITE_8, WHITE_16 = 255, 65_535
_ROWS = 256

# Decoder warnings are hidden: what matters is refused or noted here, and stderr stays short.
warnings.filterwarnings("ignore", module=r"PIL\.")


@dataclass(frozen=True)
class Picture:
    """A decoded picture. pixels: mode RGB, or RGBA when some pixel is not opaque."""

    pixels: Image.Image
    file_format: str
    notes: tuple[str, ...]

    @property
    def has_alpha(self) -> bool:
        """Whether some pixel is not opaque."""
        return self.pixels.mode == "RGBA"


def open_picture(data: bytes, *, name: str = "") -> Picture:
    """Decode a whole picture into upright sRGB pixels without metadata.

    name: the file name, for a note when its extension and its content differ.
    Raises PictureRefused, and nothing else, whatever the bytes are.
    """
    if not data:
        raise PictureRefused("the file is empty")
    if len(data) > MAX_BYTES:
        raise PictureRefused(f"the file is larger than {MAX_BYTES // 2**20} MiB")
    try:
        return _opened(data, name)
    except PictureRefused:
        raise
    except UnidentifiedImageError:
        raise PictureRefused(_unknown(data)) from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise PictureRefused(f"more than {MAX_PIXELS // 10**6} megapixels") from None
    except MemoryError:
        raise PictureRefused("it needs more memory to decode than there is") from None
    except Exception as error:  # noqa: BLE001 - decoders raise whatever the bytes lead them to
        raise PictureRefused(f"the file is damaged ({_first_line(error)})") from None


def _opened(data: bytes, name: str) -> Picture:
    file = whole_png(data) if data.startswith(PNG_START) else Whole(data)
    try:
        with Image.open(BytesIO(file.data), formats=FORMATS) as image:
            picture = _decode(image, file.data, name)
    except OSError as error:
        # Pillow's words for a file that ends too early.
        ended = whole_jpeg(data) if "truncated" in str(error) and content_of(data) == JPEG else None
        if ended is None:
            raise
        file = ended
        with Image.open(BytesIO(file.data), formats=FORMATS) as image:
            picture = _decode(image, file.data, name)
    return replace(picture, notes=(*file.notes, *picture.notes))


def _decode(image: Image.Image, data: bytes, name: str) -> Picture:
    # A JPEG with more pictures after the first (MPO) is read as JPEG, as viewers do.
    file_format = "JPEG" if image.format == "MPO" else str(image.format)
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise PictureRefused(f"{width} × {height} is more than {MAX_PIXELS // 10**6} megapixels")
    if max(width, height) > MAX_SIDE:
        raise PictureRefused(f"{width} × {height}: a side is longer than {MAX_SIDE} pixels")
    if image.format != "MPO" and getattr(image, "is_animated", False):
        raise PictureRefused("the picture is animated; only still pictures can be judged")
    if file_format == "PNG":
        _check_png(data)
    image.load()
    pixels, note = _normalised(image)
    notes = [note] if note else []
    suffix = PurePosixPath(name.strip()).suffix.lower()
    if suffix and SUFFIXES.get(suffix) != file_format:
        notes.append(f"named {suffix}, but its content is {file_format}: taken as {file_format}")
    return Picture(pixels, file_format, tuple(notes))


def _check_png(data: bytes) -> None:
    """Verify the checksum of every chunk, which decoding alone does not do."""
    with Image.open(BytesIO(data), formats=("PNG",)) as image:
        image.verify()


def shown_size(data: bytes) -> Size:
    """Return (width, height) as `open_picture` gives them, from the header alone.

    Raises what the decoders raise for a file without a readable header.
    """
    with Image.open(BytesIO(data), formats=FORMATS) as image:
        width, height = image.size
        return (height, width) if _orientation(image) in TURNED else (width, height)


def upright_srgb(image: Image.Image) -> Image.Image:
    """Return an opened image as `open_picture` reads its file: upright, sRGB, RGB or RGBA."""
    return _normalised(image)[0]


def _normalised(image: Image.Image) -> tuple[Image.Image, str | None]:
    orientation = _orientation(image)
    profile = image.info.get("icc_profile")
    image = _eight_bit(image)
    alpha = image.convert("RGBA").getchannel("A") if image.has_transparency_data else None
    colours, note = to_srgb(_without_alpha(image), profile)
    if alpha is not None and alpha.getextrema() != (255, 255):
        colours.putalpha(alpha)
    if orientation in TRANSPOSITIONS:
        colours = colours.transpose(TRANSPOSITIONS[orientation])
    colours.info.clear()
    return colours, note


def _without_alpha(image: Image.Image) -> Image.Image:
    if image.mode in GREY_MODES:
        return image.convert("L")
    if image.mode == "CMYK":
        return image
    if image.has_transparency_data:
        return image.convert("RGBA").convert("RGB")
    # `convert` would copy an RGB image; `to_srgb` makes the copy that is kept.
    return image if image.mode == "RGB" else image.convert("RGB")


def _eight_bit(image: Image.Image) -> Image.Image:
    """Scale 16-bit grey to 8 bits, keeping a transparent grey; other modes are 8-bit already."""
    transparent = image.info.get("transparency")
    if image.mode not in SIXTEEN_BIT_MODES:
        if image.mode == "RGB" and isinstance(transparent, tuple) and max(transparent) > WHITE_8:
            # The decoder kept only the high bytes of 16-bit colours, so the transparent key needs
            # the same.
            image.info["transparency"] = tuple(value >> 8 for value in transparent)
        return image
    deep = np.asarray(image)
    grey = Image.fromarray(_scaled(deep))
    if isinstance(transparent, int):
        grey.putalpha(Image.fromarray(np.where(deep == transparent, 0, 255).astype(np.uint8)))
    return grey


def _scaled(deep: NDArray[Any]) -> NDArray[np.uint8]:
    """Return 16-bit levels as 8-bit ones, rounded; some rows at a time, to save memory."""
    grey = np.empty(deep.shape, np.uint8)
    for top in range(0, len(deep), _ROWS):
        rows = deep[top : top + _ROWS].astype(np.int64).clip(0, WHITE_16)
        grey[top : top + _ROWS] = (rows * WHITE_8 + WHITE_16 // 2) // WHITE_16
    return grey


def _orientation(image: Image.Image) -> int:
    """Return the EXIF orientation, 1 to 8; 1 when there is none or it is unreadable."""
    try:
        value = image.getexif().get(ExifTags.Base.Orientation, 1)
        return int(value)
    except Exception:  # noqa: BLE001 - a broken EXIF block is no reason to refuse the picture
        return 1


def other_content(head: bytes) -> str:
    """Return what a file's first bytes say it is, where that is known and not read; else ""."""
    found = content_of(head)
    return "" if found == "unknown" or found in NAMED else f"content is {found}; {READ}"


def _unknown(data: bytes) -> str:
    found = content_of(data)
    if found == "unknown":
        return f"not a picture, or a damaged one; {READ}"
    if found in NAMED:
        return f"the file starts like {found} but is damaged"
    return f"the {other_content(data)}"


def _first_line(error: Exception) -> str:
    lines = str(error).splitlines()
    return (lines[0] if lines else type(error).__name__)[:120]
