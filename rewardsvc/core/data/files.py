"""Image files by content hash, verified."""

import hashlib
import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from PIL import Image

from rewardsvc.core.data.pictures import SHOWN, UNREADABLE, decoded, named_picture
from rewardsvc.core.errors import ImageError, UnusableImages

ImagePath = Callable[[str], Path]

_THREADS = 8
T = TypeVar("T")


def in_folder(folder: Path) -> ImagePath:
    """Return a function from the hash of an image to its path in a snapshot folder."""
    return lambda sha: folder / "images" / sha


def verified(sha: str, image_path: ImagePath) -> tuple[bytes, Path]:
    """Return the bytes of an image and their path.

    Raises ImageError naming the hash and path of what is missing or altered.
    """
    path = image_path(sha)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ImageError(f"image {sha}: cannot read {path}: {error.strerror}") from error
    except ValueError as error:  # a zero byte
        raise ImageError(f"image {sha!r} is no hash: {error}") from error
    if hashlib.sha256(content).hexdigest() != sha:
        raise ImageError(f"image {sha}: {path} holds other bytes")
    return content, path


def each_decoded(
    names: Iterable[str],
    image_path: ImagePath,
    use: Callable[[Image.Image, Path], T],
    *,
    reading: str = SHOWN,
    watermarks: Sequence[str] = (),
) -> dict[str, T]:
    """Verify and decode every distinct image, in threads; return what `use` makes of each.

    names: hashes, or hashes with a size (`picture_name`). watermarks: see `decoded`.
    use: gets the RGB pixels and the path; what it raises as ImageError is a fault of the image.
    Raises UnusableImages naming the hash and path of all that are missing, altered or unreadable.
    """
    faults: dict[str, str] = {}

    def read(name: str) -> T | None:
        sha, size = named_picture(name)
        try:
            content, path = verified(sha, image_path)
        except ImageError as error:
            faults[name] = str(error)
            return None
        try:
            return use(decoded(content, reading, size, watermarks), path)
        except (*UNREADABLE, ImageError) as error:
            faults[name] = f"image {sha} ({path}) cannot be decoded: {error}"
            return None

    distinct = sorted(set(names))
    # Decoding releases the interpreter lock.
    with ThreadPoolExecutor(min(_THREADS, os.cpu_count() or 1)) as pool:
        found = list(pool.map(read, distinct))
    if faults:
        raise UnusableImages({name: faults[name] for name in distinct if name in faults})
    return dict(zip(distinct, found, strict=True))  # type: ignore[arg-type]
