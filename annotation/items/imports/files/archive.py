"""ZIP archives, read without unpacking, so that no path in the archive is ever written."""

import posixpath
import stat
import struct
import zipfile
from collections import defaultdict
from collections.abc import Collection, Iterator
from typing import IO

from annotation.errors import ImportRefused
from annotation.items.imports.files.containers import (
    PIECE,
    check_size,
    is_junk,
    may_be_manifest,
)
from annotation.items.imports.files.entry_names import (
    CODE_PAGES,
    EntryName,
    code_page_of,
    decoded,
    entry_name,
    slashed,
    translated,
    unstated_folders,
)
from annotation.items.imports.files.names import FileNames, Found
from annotation.items.imports.files.workbooks import refuse_old_workbook, refuse_packed_workbook
from annotation.items.imports.rows import RowRefused

MAX_ENTRIES = 500_000
MAX_DIRECTORY_BYTES = 128 * 2**20
MAX_UNPACKED_BYTES = 50 * 2**30
# Limit of the compression ratio: repetitive text packs 30-fold, pictures hardly. Entries below the
# minimum size are not checked.
MAX_RATIO = 200
RATIO_FLOOR_BYTES = 64 * 2**20
ENCRYPTED_FLAG = 0x1
METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
END_RECORD, END_RECORD_64 = b"PK\x05\x06", b"PK\x06\x06"
# The end record, its comment of up to 65,535 bytes, and the two records of ZIP64 before it.
TAIL_BYTES = 22 + 65_535 + 20 + 56


class Archive:
    """A ZIP archive whose every entry was checked when it was opened; raises ImportRefused.

    owned: whether the file is closed together with the archive.
    """

    reaches_outside = False

    def __init__(self, file: IO[bytes], name: str, *, owned: bool = False) -> None:
        self.name = name
        self._file = file if owned else None
        self._page, self._parents = "", dict[str, bytes]()
        try:
            file.seek(0)
            refuse_old_workbook(file.read(8))
            _check_directory(file)
            self._zip = zipfile.ZipFile(file)
            self._infos = self._zip.infolist()
            refuse_packed_workbook(self._zip.NameToInfo)
            self._set_names([entry_name(info) for info in self._infos])
        except ImportRefused as refusal:
            raise ImportRefused(f"{name}: {refusal}") from None
        except Exception as error:  # noqa: BLE001 - zipfile raises whatever the bytes lead it to
            raise ImportRefused(f"{name}: not a readable ZIP archive ({error})") from None

    def manifests(self) -> list[str]:
        """Return every entry that may be a manifest by its ending, sorted."""
        return sorted(
            name
            for name in self._entries
            if may_be_manifest(name) and not any(is_junk(part) for part in name.split("/"))
        )

    def fit_names(self, paths: Collection[str]) -> str:
        """Choose the code page in which names of unstated encoding are what a manifest names.

        Returns a note, "" where every name is stated or found. Raises ImportRefused for a name
        that then leads out of the archive.
        """
        missing, kept = set[str](), set[str]()
        for path in (path for path in paths if not path.isascii()):
            found = self.find(path)
            if found is not None:
                kept.add(found.path)
            elif not self._is_plainly_missing(path):
                missing.add(path)
        raw = {stated for name, stated in self._unstated.items() if name not in kept}
        page = code_page_of(raw, missing) if missing else None
        if page is None:
            return ""
        names = [
            decoded(name, page) if name.raw in raw else name
            for name in map(entry_name, self._infos)
        ]
        self._parents, self._page = unstated_folders(raw), page
        try:
            self._set_names(names)
        except ImportRefused as refusal:
            raise ImportRefused(f"{self.name}: {refusal}") from None
        return f"file names in the archive are read as {CODE_PAGES[page]}"

    def _is_plainly_missing(self, path: str) -> bool:
        """Whether a missing file has an ASCII name in a folder that is there."""
        folder, name = posixpath.split(path)
        return name.isascii() and self._names.find(folder) is not None

    def find(self, path: str) -> Found | None:
        """Return the entry that a path means, or None."""
        found = self._names.find(path)
        if found is None and self._page:
            found = self._names.find(translated(path, self._parents, self._page))
        return found

    def folders(self) -> list[str]:
        """Return every folder that holds something."""
        return self._folders

    def same_stem(self, folder: str, name: str) -> list[str]:
        """Return the names of files in a folder that differ from a name in the extension."""
        return self._names.same_stem(folder, name)

    def read(self, path: str, limit: int) -> bytes:
        """Return an entry's bytes, at most as many as its directory entry states."""
        info = self._info(path, limit)
        try:
            with self._zip.open(info) as entry:
                return entry.read(limit + 1)
        except Exception as error:  # noqa: BLE001 - as above
            raise RowRefused(f"{path}: damaged inside the archive ({error})") from None

    def pieces(self, path: str, limit: int) -> Iterator[bytes]:
        """Yield an entry's bytes as `read` returns them."""
        info = self._info(path, limit)
        try:
            with self._zip.open(info) as entry:
                while piece := entry.read(PIECE):
                    yield piece
        except Exception as error:  # noqa: BLE001 - as above
            raise RowRefused(f"{path}: damaged inside the archive ({error})") from None

    def _info(self, path: str, limit: int) -> zipfile.ZipInfo:
        found = self.find(path)
        if found is None or found.path not in self._entries:
            raise RowRefused(f"{path}: there is no such file in the archive{self._hint(path)}")
        info = self._entries[found.path]
        check_size(path, info.file_size, limit)
        return info

    def _hint(self, path: str) -> str:
        likely = self._names.hint(path)
        if likely or not self._unstated or path.isascii():
            return likely
        return (
            f"; it holds names like {self._example[:60]!r}, which are not in UTF-8: pack the folder"
            " again with UTF-8 names, for example by 7z a -tzip -mcu=on set.zip FOLDER"
        )

    def _set_names(self, names: list[EntryName]) -> None:
        self._entries, self._unstated = _checked_entries(self._infos, names)
        self._example = min(self._unstated, default="")
        folders: dict[str, set[str]] = defaultdict(set)
        for path in self._entries:
            folder, name = posixpath.split(path)
            while name and name not in folders[folder]:
                folders[folder].add(name)
                folder, name = posixpath.split(folder)
        self._folders = sorted(folders)
        self._names = FileNames(lambda folder: folders.get(folder, ()))

    def close(self) -> None:
        """Close the archive, and its file when `owned`."""
        self._zip.close()
        if self._file is not None:
            self._file.close()


def _checked_entries(
    infos: list[zipfile.ZipInfo], names: list[EntryName]
) -> tuple[dict[str, zipfile.ZipInfo], dict[str, bytes]]:
    """Return the files by path, and the bytes of the paths whose encoding is not stated."""
    if len(infos) > MAX_ENTRIES:
        raise ImportRefused(f"{len(infos):,} entries; at most {MAX_ENTRIES:,} are allowed")
    entries: dict[str, zipfile.ZipInfo] = {}
    unstated: dict[str, bytes] = {}
    for info, stated in zip(infos, names, strict=True):
        name = slashed(stated.name)
        _check_entry(info, name)
        name = posixpath.normpath(name)
        if info.is_dir():
            continue
        if name in entries:
            if is_junk(posixpath.basename(name)):
                continue
            raise ImportRefused(f"{name} is in it twice")
        entries[name] = info
        if stated.raw:
            unstated[name] = stated.raw
    unpacked = sum(info.file_size for info in entries.values())
    packed = sum(info.compress_size for info in entries.values())
    if unpacked > MAX_UNPACKED_BYTES:
        raise ImportRefused(f"it unpacks to more than {MAX_UNPACKED_BYTES // 2**30} GiB")
    _check_ratio("it", unpacked, packed)
    return entries, unstated


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
