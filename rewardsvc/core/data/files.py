"""Image files by content hash, verified."""

import hashlib
from collections.abc import Callable
from pathlib import Path

from rewardsvc.core.errors import ImageError

ImagePath = Callable[[str], Path]


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
