"""The names of a ZIP's entries: the stated ones, and those of an old code page.

A ZIP states a name's encoding by the UTF-8 flag (APPNOTE 4.4.4) or by Info-ZIP's Unicode path
field 0x7075 (APPNOTE 4.6.9). Windows Explorer and old tools write the bytes of the computer's
code page and state nothing.
"""

import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Collection, Mapping
from typing import NamedTuple

UTF8_FLAG = 0x800
UNICODE_PATH = 0x7075
# Code page -> its name in a note. Windows's and MS-DOS's, by script.
CODE_PAGES = {
    "gb18030": "GBK, Chinese",
    "cp932": "Shift JIS, Japanese",
    "cp949": "EUC-KR, Korean",
    "big5hkscs": "Big5, Chinese",
    "cp950": "Big5, Chinese",
    "euc_jp": "EUC-JP, Japanese",
    "cp1252": "Windows-1252, Western European",
    "cp850": "code page 850, Western European",
    "cp1250": "Windows-1250, Central European",
    "cp852": "code page 852, Central European",
    "cp1251": "Windows-1251, Cyrillic",
    "cp866": "code page 866, Cyrillic",
    "koi8_r": "KOI8-R, Cyrillic",
    "cp1253": "Windows-1253, Greek",
    "cp737": "code page 737, Greek",
    "cp1254": "Windows-1254, Turkish",
    "cp857": "code page 857, Turkish",
    "cp1255": "Windows-1255, Hebrew",
    "cp862": "code page 862, Hebrew",
    "cp1256": "Windows-1256, Arabic",
    "cp720": "code page 720, Arabic",
    "cp864": "code page 864, Arabic",
    "cp1257": "Windows-1257, Baltic",
    "cp775": "code page 775, Baltic",
    "cp1258": "Windows-1258, Vietnamese",
    "cp874": "Windows-874, Thai",
    "cp860": "code page 860, Portuguese",
    "mac_roman": "Mac Roman",
    "mac_cyrillic": "Mac Cyrillic",
}


class EntryName(NamedTuple):
    """name: as far as known; raw: the bytes of a name whose encoding is not stated, else empty."""

    name: str
    raw: bytes = b""


def entry_name(info: zipfile.ZipInfo) -> EntryName:
    """Return an entry's name; one without a stated encoding is UTF-8 where it can be."""
    stated = _unicode_path(info)
    if stated is not None:
        return EntryName(stated)
    if info.flag_bits & UTF8_FLAG or info.orig_filename.isascii():
        return EntryName(info.filename)
    raw = info.orig_filename.encode("cp437")
    return EntryName(raw.decode(_likely_encoding(raw)), raw)


def code_page_of(raw: Collection[bytes], wanted: Collection[str]) -> str | None:
    """Return the code page under which every wanted path is the name of an entry, or None.

    raw: the names whose encoding is not stated; wanted: the paths that no name fits so far. Where
    several pages fit with different files, none is taken.
    """
    folders, names = unstated_folders(raw), set(raw)
    readings: dict[str, list[bytes | None]] = {}
    for page in CODE_PAGES:
        try:
            readings[page] = [
                _entry(translated(path, folders, page), page, names) for path in wanted
            ]
        except UnicodeError:
            continue
    fitting = {page: found for page, found in readings.items() if None not in found}
    is_clear = len({tuple(found) for found in fitting.values()}) == 1
    return next(iter(fitting)) if is_clear else None


def decoded(name: EntryName, page: str) -> EntryName:
    """Return a name of unstated encoding in a code page; as it is where it does not fit."""
    try:
        return EntryName(name.raw.decode(page))
    except UnicodeDecodeError:
        return name


def _entry(path: str, page: str, names: set[bytes]) -> bytes | None:
    """Return the bytes of the entry that a path is in a code page, or None."""
    for form in ("NFC", "NFD"):
        text = unicodedata.normalize(form, path)
        for spelled in (text, text.replace("/", "\\")):
            try:
                name = spelled.encode(page)
            except UnicodeEncodeError:
                continue
            if name in names:
                return name
    return None


def unstated_folders(raw: Collection[bytes]) -> dict[str, bytes]:
    """Return {folder as `entry_name` names it: bytes} of every folder on the way to a file."""
    folders: dict[str, bytes] = {}
    seen: set[tuple[str, bytes]] = set()
    for name in raw:
        encoding, folder = _likely_encoding(name), name.rpartition(b"/")[0]
        while folder and (encoding, folder) not in seen:
            seen.add((encoding, folder))
            folders[slashed(folder.decode(encoding))] = folder
            folder = folder.rpartition(b"/")[0]
    return folders


def translated(path: str, folders: Mapping[str, bytes], page: str) -> str:
    """Return a path below a folder, the manifest's own one, with that folder's name in a page."""
    folder = path
    while folder := folder.rpartition("/")[0]:
        if folder in folders:
            return slashed(folders[folder].decode(page)) + path[len(folder) :]
    return path


def _likely_encoding(raw: bytes) -> str:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return "cp437"
    return "utf-8"


def slashed(name: str) -> str:
    """Return a name with forward slashes; some tools on Windows write the others."""
    return name.replace("\\", "/")


def _unicode_path(info: zipfile.ZipInfo) -> str | None:
    """Return the name in the Unicode path field; None where it is for another name."""
    flag = "utf-8" if info.flag_bits & UTF8_FLAG else "cp437"
    extra = info.extra
    while len(extra) >= 4:  # noqa: PLR2004 - the head of a field: kind and size
        kind, size = struct.unpack_from("<HH", extra)
        field, extra = extra[4 : 4 + size], extra[4 + size :]
        if kind != UNICODE_PATH or len(field) < 5 or field[0] != 1:  # noqa: PLR2004 - version, CRC
            continue
        (crc,) = struct.unpack_from("<L", field, 1)
        if crc == zlib.crc32(info.orig_filename.encode(flag)):
            try:
                return field[5:].decode()
            except UnicodeDecodeError:
                return None
    return None
