"""ZIP archives, read without unpacking, so that no path in the archive is ever written."""

import posixpath
import stat
import struct
import unicodedata
import zipfile
from collections.abc import Iterator
from typing import IO

from annotation.errors import ImportRefused
from annotation.items.imports.files.containers import MANIFEST_SUFFIXES, PIECE, check_size, is_junk
from annotation.items.imports.rows import RowRefused

MAX_ENTRIES = 500_000
MAX_DIRECTORY_BYTES = 128 * 2**20
MAX_UNPACKED_BYTES = 50 * 2**30
# Limit of the compression ratio: repetitive text packs 30-fold, pictures hardly. Entries below the
# minimum size are not checked.
MAX_RATIO = 200
RATIO_FLOOR_BYTES = 64 * 2**20
UTF8_FLAG = 0x800
ENCRYPTED_FLAG = 0x1
METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
END_RECORD, END_RECORD_64 = b"PK\x05\x06", b"PK\x06\x06"
# The end record, its comment of up to 65,535 bytes, and the two records of ZIP64 before it.
TAIL_BYTES = 22 + 65_535 + 20 + 56


class Archive:
    """A ZIP archive whose every entry was checked when it was opened; raises ImportRefused.

    owned: whether the file is closed together with the archive.
    """

    def __init__(self, file: IO[bytes], name: str, *, owned: bool = False) -> None:
        self.name = name
        self._file = file if owned else None
        try:
            _check_directory(file)
            self._zip = zipfile.ZipFile(file)
            self._entries = _checked_entries(self._zip.infolist())
        except ImportRefused as refusal:
            raise ImportRefused(f"{name}: {refusal}") from None
        except Exception as error:  # noqa: BLE001 - zipfile raises whatever the bytes lead it to
            raise ImportRefused(f"{name}: not a readable ZIP archive ({error})") from None

    def manifests(self) -> list[str]:
        """Return every entry that may be a manifest by its ending, sorted."""
        return sorted(name for name in self._entries if name.lower().endswith(MANIFEST_SUFFIXES))

    def read(self, path: str, limit: int) -> bytes:
        """Return an entry's bytes, at most as many as its directory entry states."""
        info = self._entries.get(unicodedata.normalize("NFC", path))
        if info is None:
            raise RowRefused(f"{path}: there is no such file in the archive")
        check_size(path, info.file_size, limit)
        try:
            with self._zip.open(info) as entry:
                return entry.read(limit + 1)
        except Exception as error:  # noqa: BLE001 - as above
            raise RowRefused(f"{path}: damaged inside the archive ({error})") from None

    def pieces(self, path: str, limit: int) -> Iterator[bytes]:
        """Yield an entry's bytes as `read` returns them."""
        info = self._entries.get(unicodedata.normalize("NFC", path))
        if info is None:
            raise RowRefused(f"{path}: there is no such file in the archive")
        check_size(path, info.file_size, limit)
        try:
            with self._zip.open(info) as entry:
                while piece := entry.read(PIECE):
                    yield piece
        except Exception as error:  # noqa: BLE001 - as above
            raise RowRefused(f"{path}: damaged inside the archive ({error})") from None

    def close(self) -> None:
        """Close the archive, and its file when `owned`."""
        self._zip.close()
        if self._file is not None:
            self._file.close()


def _checked_entries(infos: list[zipfile.ZipInfo]) -> dict[str, zipfile.ZipInfo]:
    if len(infos) > MAX_ENTRIES:
        raise ImportRefused(f"{len(infos):,} entries; at most {MAX_ENTRIES:,} are allowed")
    entries: dict[str, zipfile.ZipInfo] = {}
    for info in infos:
        name = _name(info)
        _check_entry(info, name)
        name = posixpath.normpath(name)
        if info.is_dir() or any(is_junk(part) for part in name.split("/")):
            continue
        if name in entries:
            raise ImportRefused(f"{name} is in it twice")
        entries[name] = info
    unpacked = sum(info.file_size for info in entries.values())
    packed = sum(info.compress_size for info in entries.values())
    if unpacked > MAX_UNPACKED_BYTES:
        raise ImportRefused(f"it unpacks to more than {MAX_UNPACKED_BYTES // 2**30} GiB")
    _check_ratio("it", unpacked, packed)
    return entries


def _name(info: zipfile.ZipInfo) -> str:
    """Return the entry's name; UTF-8 without the UTF-8 flag is recognised."""
    name = info.filename
    if not info.flag_bits & UTF8_FLAG:
        try:
            name = name.encode("cp437").decode("utf-8")
        except UnicodeError:
            name = info.filename
    return unicodedata.normalize("NFC", name.replace("\\", "/"))


def _check_entry(info: zipfile.ZipInfo, name: str) -> None:
    shown = name[:200]
    if name.startswith("/") or name[1:3] == ":/":
        raise ImportRefused(f"{shown!r} is an absolute path")
    if ".." in name.split("/"):
        raise ImportRefused(f"{shown!r} leads out of the archive")
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind == stat.S_IFLNK:
        raise ImportRefused(f"{shown!r} is a symbolic link")
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise ImportRefused(f"{shown!r} is neither a file nor a folder")
    if info.flag_bits & ENCRYPTED_FLAG:
        raise ImportRefused(f"{shown!r} is encrypted")
    if info.compress_type not in METHODS:
        raise ImportRefused(f"{shown!r} is packed with a method other than deflate")
    _check_ratio(repr(shown), info.file_size, info.compress_size)


def _check_ratio(what: str, unpacked: int, packed: int) -> None:
    if unpacked > RATIO_FLOOR_BYTES and unpacked > MAX_RATIO * max(packed, 1):
        raise ImportRefused(
            f"{what} unpacks to {unpacked / 2**20:,.0f} MiB from {packed / 2**20:,.1f} MiB,"
            " as an archive bomb does"
        )


def _check_directory(file: IO[bytes]) -> None:
    """Refuse a central directory too large to be loaded; zipfile reads it whole into memory."""
    size = file.seek(0, 2)
    file.seek(max(0, size - TAIL_BYTES))
    tail = file.read()
    at, at_64 = tail.rfind(END_RECORD), tail.rfind(END_RECORD_64)
    declared = 0
    if 0 <= at <= len(tail) - 22:
        declared = struct.unpack_from("<L", tail, at + 12)[0]
    if 0 <= at_64 <= len(tail) - 56:
        declared = max(declared % 0xFFFFFFFF, struct.unpack_from("<Q", tail, at_64 + 40)[0])
    if declared > MAX_DIRECTORY_BYTES:
        raise ImportRefused("its list of entries is too long")
