"""A manifest's text, read in pieces: memory holds one row of it, however large the file is."""

import codecs
import io
from collections.abc import Iterable, Iterator

from annotation.errors import ImportRefused
from annotation.items.imports.files.workbooks import refuse_workbook

# Rows and candidates of one manifest; more are several imports.
MAX_ROWS = 200_000
MAX_ALL_CANDIDATES = 500_000
# Characters of one row: 200 candidates with every field at its longest have fewer.
MAX_ROW_CHARS = 5 * 2**19


def too_many(file: str, what: str, limit: int) -> ImportRefused:
    """Return the refusal of a manifest that holds too much."""
    return ImportRefused(
        f"{file}: more than {limit:,} {what}; split the manifest into several imports"
    )


def row_too_long(file: str, where: str) -> ImportRefused:
    """Return the refusal of a manifest one row of which is no row."""
    return ImportRefused(f"{file} {where}: longer than {MAX_ROW_CHARS:,} characters")


def decoded(pieces: Iterable[bytes], file: str) -> Iterator[str]:
    """Yield the text of UTF-8, with or without a byte order mark.

    Raises ImportRefused naming the line where it is something else.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    line, is_start = 1, True
    for data, is_last in _with_last(pieces):
        if is_start:
            refuse_workbook(data, file)
            # ASCII in UTF-16 without a byte order mark has a NUL beside each letter.
            if data[:2] in {b"\xff\xfe", b"\xfe\xff"} or b"\x00" in data[:2]:
                raise ImportRefused(f"{file} line 1: UTF-16; save the manifest as {_wanted(file)}")
        pending = decoder.getstate()[0]
        try:
            text = decoder.decode(data, final=is_last)
        except UnicodeDecodeError as error:
            whole = pending + data
            at = line + whole[: error.start].count(b"\n")
            byte = whole[error.start]
            raise ImportRefused(
                f"{file} line {at}: not UTF-8 (byte 0x{byte:02x}); save it as {_wanted(file)}"
            ) from None
        line += text.count("\n")
        if is_start and text:
            text, is_start = text.lstrip("\ufeff"), False
        if text:
            yield text


def _wanted(file: str) -> str:
    """Return the name that a spreadsheet or an editor has for the encoding."""
    return "CSV UTF-8" if file.lower().endswith((".csv", ".tsv")) else "UTF-8"


def lines_of(texts: Iterable[str], file: str, *, newline: str = "\n") -> Iterator[str]:
    r"""Yield lines with their ends. Raises ImportRefused for one that is too long.

    newline: as `open` takes it: "\n", or "" for every kind of line end.
    """
    rest, number = "", 1
    for text in texts:
        lines = list(io.StringIO(rest + text, newline=newline))
        # A line end may be cut in two.
        rest = "" if lines[-1].endswith("\n") else lines.pop()
        for line in lines:
            if len(line) > MAX_ROW_CHARS:
                raise row_too_long(file, f"line {number}")
            yield line
            number += 1
        if len(rest) > MAX_ROW_CHARS:
            raise row_too_long(file, f"line {number}")
    if rest:
        yield rest


def _with_last(pieces: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    held = b""
    for piece in pieces:
        if held:
            yield held, False
        held = piece
    yield held, True
