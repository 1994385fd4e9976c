"""Make files whole that browsers show although decoders refuse them, or read otherwise.

PNG: without IEND, with large or damaged metadata, or with colours stated by cICP. JPEG: without
its last bytes.
"""

import struct
import zlib
from collections.abc import Sequence
from enum import Enum, auto
from io import BytesIO
from typing import NamedTuple

import numpy as np
from PIL import Image, PngImagePlugin

from annotation.items.imaging.display_p3 import display_p3

PNG_START = b"\x89PNG\r\n\x1a\n"
TEXTS = {b"tEXt", b"zTXt", b"iTXt"}
# Chunks that need no correct checksum, because the picture is the same without them.
DISPENSABLE = {b"eXIf", b"tIME", b"pHYs", b"bKGD", b"hIST", b"sPLT"}
IEND = b"\x00\x00\x00\x00IEND\xaeB`\x82"
MAX_PROFILE_BYTES = 16 * 2**20
# Primaries and transfer of cICP (ITU-T H.273) that are sRGB's: BT.709 with its own curve or sRGB's.
PLAIN_CICP = {(1, 1), (1, 13)}
# Display P3: its primaries, the transfer of sRGB, RGB and no matrix, full range.
P3_CICP = bytes([12, 13, 0, 1])
# What else states colours in a PNG; cICP comes before it (PNG third edition, 4.3).
COLOURS = {b"iCCP", b"sRGB", b"gAMA", b"cHRM"}
JPEG_END = b"\xff\xd9"
SCAN = b"\xff\xda"
# Scan data without an end marker, for what is missing of a JPEG.
FILLER = b"\x5a\xa5\x3c\x77"
# Largest part of the pixels that may be missing at the end of a JPEG.
MAX_LOST = 0.01
LAST_COEFFICIENT = 63

# Pillow limits a colour profile as it limits texts, to 1 MiB; texts never reach it.
PngImagePlugin.MAX_TEXT_CHUNK = MAX_PROFILE_BYTES


class Whole(NamedTuple):
    """A file that decoders take, and notes about what it lacked."""

    data: bytes
    notes: tuple[str, ...] = ()


class Ending(Enum):
    """How a PNG ends: with IEND, between two chunks or in a dispensable one, or in its pixels."""

    WHOLE = auto()
    CUT = auto()
    DAMAGED = auto()


class _Chunk(NamedTuple):
    name: bytes
    body: memoryview
    whole: memoryview
    # Whether the checksum is there and correct; None when the file ends within it.
    is_sound: bool | None


def whole_png(data: bytes) -> Whole:
    """Return a PNG without texts, with an end and with a profile of bearable size.

    What is damaged otherwise stays as it is, for the decoder to refuse.
    """
    chunks, ending = _chunks(data)
    if ending is Ending.DAMAGED:
        return Whole(data)
    is_p3 = any(chunk.name == b"cICP" and chunk.body == P3_CICP for chunk in chunks)
    kept: list[bytes | memoryview] = [PNG_START]
    notes = []
    for chunk in chunks:
        if is_p3 and chunk.name in COLOURS:
            continue
        parts, note = _repaired(chunk)
        kept += parts
        notes += [note] if note else []
    if ending is Ending.CUT:
        notes.append("its last bytes are missing: taken as browsers show it")
    return Whole(b"".join([*kept, IEND]), tuple(notes))


def _repaired(chunk: _Chunk) -> tuple[Sequence[bytes | memoryview], str]:
    """Return what stands for a chunk, nothing where it is left out, and a note."""
    is_lost = chunk.name in DISPENSABLE and not chunk.is_sound
    if is_lost or chunk.name == b"IEND" or chunk.name in TEXTS:
        return [], ""
    if chunk.name == b"iCCP" and _is_huge_profile(chunk.body):
        return [], "its colour profile is larger than 16 MiB and was ignored"
    if chunk.name == b"IDAT" and chunk.is_sound is None:
        # Only the checksum is cut off.
        return [chunk.whole[:8], chunk.body, _checksum(chunk)], ""
    if chunk.name != b"cICP" or tuple(chunk.body[:2]) in PLAIN_CICP:
        return [chunk.whole], ""
    if chunk.body == P3_CICP:
        return [_profile_chunk(display_p3())], ""
    return [chunk.whole], "its colours are stated by cICP, which is not followed"


def whole_jpeg(data: bytes) -> Whole | None:
    """Return a JPEG with an end, or None when more than its last bytes are missing.

    What is missing is found by filling it: the pixels that depend on the filling are lost.
    """
    data = data.rstrip(b"\xff")
    if not _has_last_scan(data):
        return None
    ended = data + JPEG_END
    filled = data + FILLER * (len(data) // len(FILLER) + 64) + JPEG_END
    try:
        shown, other = (np.asarray(_jpeg(version)) for version in (ended, filled))
    except OSError:
        return None
    lost = np.mean(shown != other) if shown.ndim == 2 else np.mean((shown != other).any(axis=2))  # noqa: PLR2004 - grey
    if lost > MAX_LOST:
        return None
    return Whole(ended, ("its last bytes are missing: taken as browsers show it",))


def _jpeg(data: bytes) -> Image.Image:
    with Image.open(BytesIO(data), formats=("JPEG",)) as image:
        image.load()
        return image.copy()


def _has_last_scan(data: bytes) -> bool:
    """Whether the last scan that begins completes a picture: luminance, to its last bit."""
    first, at = data.find(SCAN), data.rfind(SCAN)
    if at < 0 or len(data) < at + 5:
        return False
    # Per component an id and its tables; then first and last coefficient, and bits (T.81, B.2.3).
    end = at + 5 + 2 * data[at + 4]
    components, spectral = data[at + 5 : end : 2], data[end : end + 3]
    is_complete = len(spectral) == 3 and spectral[2] & 0x0F == 0  # noqa: PLR2004 - as above
    return is_complete and spectral[1] == LAST_COEFFICIENT and data[first + 5] in components


def _chunks(data: bytes) -> tuple[list[_Chunk], Ending]:
    """Return the chunks of a PNG up to IEND, and how the file ends."""
    view, at, found = memoryview(data), len(PNG_START), list[_Chunk]()
    while at + 8 <= len(data):
        length, name = struct.unpack_from(">L4s", data, at)
        end = at + 8 + length
        if end > len(data):
            return found, Ending.CUT if name[:1].islower() else Ending.DAMAGED
        stated = data[end : end + 4]
        is_right = zlib.crc32(view[at + 4 : end]) == int.from_bytes(stated, "big")
        is_sound = is_right if len(stated) == 4 else None  # noqa: PLR2004 - a checksum
        found.append(_Chunk(name, view[at + 8 : end], view[at : end + 4], is_sound))
        at = end + 4
        if name == b"IEND":
            return found, Ending.CUT if is_sound is None else Ending.WHOLE
    return found, Ending.CUT


def _profile_chunk(profile: bytes) -> bytes:
    body = b"iCCP" + b"Display P3\x00\x00" + zlib.compress(profile)
    return struct.pack(">L", len(body) - 4) + body + struct.pack(">L", zlib.crc32(body))


def _checksum(chunk: _Chunk) -> bytes:
    return struct.pack(">L", zlib.crc32(chunk.body, zlib.crc32(chunk.name)))


def _is_huge_profile(body: memoryview) -> bool:
    """Whether a profile unpacks to more than the limit; a broken one is the decoder's matter."""
    packed = bytes(body).partition(b"\x00")[2][1:]
    try:
        return len(zlib.decompressobj().decompress(packed, MAX_PROFILE_BYTES + 1)) > (
            MAX_PROFILE_BYTES
        )
    except zlib.error:
        return False
