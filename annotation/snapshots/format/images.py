"""Originals by content hash, verified, and the file names that they get."""

from collections.abc import Callable
from typing import BinaryIO

from annotation.snapshots.format.canonical import sha256 as hash_of
from annotation.snapshots.format.errors import FormatError, ImageLost

GONE = "is gone from the storage"
DAMAGED = "is damaged: its content has another hash"
# One entry for each format that imports take: suffix, where its signature lies, the signature.
SIGNATURES = (
    (".png", 0, b"\x89PNG"),
    (".jpg", 0, b"\xff\xd8"),
    (".webp", 8, b"WEBP"),
    (".gif", 0, b"GIF8"),
    # Of the formats in this container, imports take AVIF alone.
    (".avif", 4, b"ftyp"),
)


def read_image(sha256: str, open_image: Callable[[], BinaryIO]) -> bytes:
    """Return an original's bytes. Raises ImageLost where it is gone, unreadable or altered."""
    try:
        with open_image() as file:
            data = file.read()
    except FileNotFoundError:
        raise ImageLost(sha256, GONE) from None
    except OSError as error:
        raise ImageLost(sha256, f"cannot be read: {error.strerror or error}") from error
    if hash_of(data) != sha256:
        raise ImageLost(sha256, DAMAGED)
    return data


def image_suffix(data: bytes) -> str:
    """Return the file name suffix that an original's first bytes call for.

    Raises FormatError for a format that imports do not take.
    """
    for suffix, offset, signature in SIGNATURES:
        if data.startswith(signature, offset):
            return suffix
    raise FormatError("an original is in none of the formats that imports take")
