"""Find the manifest in a folder, file or archive, in any known format, and read its rows."""

import posixpath
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from annotation.errors import ImportRefused
from annotation.items.imports.files.archive import Archive
from annotation.items.imports.files.containers import Container, Folder
from annotation.items.imports.files.workbooks import SUFFIXES as WORKBOOK_SUFFIXES
from annotation.items.imports.files.workbooks import refusal_of_workbook
from annotation.items.imports.locate import name_notes
from annotation.items.imports.manifests.csv_rows import CsvReader
from annotation.items.imports.manifests.json_rows import JsonReader, jsonl_objects
from annotation.items.imports.manifests.json_stream import json_objects
from annotation.items.imports.manifests.text_stream import MAX_ROWS, decoded, lines_of, too_many
from annotation.items.imports.model_folders import ModelFolders
from annotation.items.imports.report import Line, Outcome
from annotation.items.imports.rows import ItemRow, RowRefused
from annotation.items.imports.tables.pairs import PairRows
from annotation.items.imports.tables.parquet import SUFFIX as PARQUET
from annotation.items.imports.tables.parquet import ParquetPictures

FORMATS = ("folder", "zip", "json", "jsonl", "csv", "parquet")
MANIFEST_FORMATS = {
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".csv": "csv",
    ".tsv": "csv",
}
# What the benchmark harness ImagenHub writes beside its folders, as JSON and as CSV.
LOOKUP = "dataset_lookup.json"
# Most files beside the manifest that are named.
MOST_NAMED = 4
MAX_MANIFEST_BYTES = 512 * 2**20
# Bytes of an uploaded manifest: enough for the most rows that one import takes.
MAX_UPLOADED_MANIFEST_BYTES = 64 * 2**20


@dataclass
class Reading:
    """The content of manifests. lines: refused rows and notes.

    hints: sentences about a column that every row of a manifest lacks.
    """

    items: list[ItemRow]
    lines: list[Line]
    refused_items: int
    refused_candidates: int
    # Lines that were counted but not stored.
    lines_left_out: int = 0
    hints: list[str] = field(default_factory=list)


def open_container(
    source: Path | IO[bytes],
    *,
    name: str,
    format: str | None = None,  # noqa: A002 - the option's own name
    roots: Sequence[Path] = (),
) -> Container:
    """Open a folder, a manifest file or a ZIP (a path or an open file). Raises ImportRefused.

    format: one of FORMATS, or None to find out. roots: folders of this machine in which a manifest
    that is not in a ZIP may name files outside its own folder.
    """
    _check_roots(roots)
    if format is not None and format not in FORMATS:
        raise ImportRefused(f"there is no format {format!r}; choose from {', '.join(FORMATS)}")
    if not isinstance(source, Path):
        return _archive(source, name, format)
    return _at_path(source, name, format, roots)


def _at_path(
    source: Path,
    name: str,
    format: str | None,  # noqa: A002 - as above
    roots: Sequence[Path],
) -> Container:
    if source.exists() and (format == "parquet" or source.suffix.lower() == PARQUET):
        return ParquetPictures(source)
    if source.is_dir():
        if format == "zip":
            raise ImportRefused(f"{name}: this is a folder, not a ZIP archive")
        return Folder(source, roots=roots)
    if not source.is_file():
        raise ImportRefused(f"{name}: there is no such file or folder")
    try:
        if format == "zip" or source.suffix.lower() == ".zip" or zipfile.is_zipfile(source):
            return _archive_at(source, name, format)
    except OSError as error:
        raise ImportRefused(f"{name}: cannot be read ({error.strerror})") from None
    if source.suffix.lower() in WORKBOOK_SUFFIXES:
        raise refusal_of_workbook(name)
    if format is None and source.suffix.lower() not in MANIFEST_FORMATS:
        raise ImportRefused(f"{name}: neither a folder, a ZIP archive nor a manifest")
    return Folder(source.parent, only=source.name, roots=roots)


def _check_roots(roots: Sequence[Path]) -> None:
    for root in roots:
        if not root.is_dir():
            raise ImportRefused(f"{root}: there is no such folder")


def read_manifests(
    container: Container,
    *,
    format: str | None = None,  # noqa: A002 - as above
    max_bytes: int = MAX_MANIFEST_BYTES,
) -> Reading:
    """Read every row of the container's manifest, or of one manifest per subfolder.

    Raises ImportRefused when there is none, more than one in a folder, or one is unreadable.
    """
    if isinstance(container, ParquetPictures):
        return _read_pairs(container)
    wanted = format if format in MANIFEST_FORMATS.values() else None
    reading = Reading([], [], 0, 0)
    try:
        found = container.manifests()
    except OSError as error:
        raise ImportRefused(f"{container.name}: cannot be read ({error.strerror})") from None
    chosen = _chosen(found, wanted, container.name)
    for file in chosen:
        _read_one(container, file, wanted or _format_of(file), reading, max_bytes)
        if len(reading.items) > MAX_ROWS:
            raise too_many(container.name, "items", MAX_ROWS)
    if not reading.items and not reading.lines:
        raise ImportRefused(f"{container.name}: the manifest holds no items")
    reading.lines.extend(_notes_on_others(found, chosen))
    reading.lines.extend(name_notes(container, reading.items))
    return reading


def _read_pairs(container: ParquetPictures) -> Reading:
    rows = PairRows()
    items = rows.read(container)
    left_out = rows.lines.left_out
    return Reading(items, list(rows.lines), rows.refused_items, rows.refused_candidates, left_out)


def _archive_at(path: Path, name: str, format: str | None) -> Archive:  # noqa: A002 - as above
    with ExitStack() as stack:
        archive = _archive(stack.enter_context(path.open("rb")), name, format, owned=True)
        stack.pop_all()
        return archive


def _archive(
    file: IO[bytes],
    name: str,
    format: str | None,  # noqa: A002 - as above
    *,
    owned: bool = False,
) -> Archive:
    if format == "folder":
        raise ImportRefused(f"{name}: this is a file, not a folder")
    return Archive(file, name, owned=owned)


def _chosen(files: list[str], wanted: str | None, container: str) -> list[str]:
    """Return the manifests to read: those named manifest.*, nearest to the root, one a folder."""
    books = [file for file in files if file.lower().endswith(WORKBOOK_SUFFIXES)]
    files = [file for file in files if file not in books]
    if len(files) == 1 and wanted:
        return files
    known = [file for file in files if wanted in {None, _format_of(file)}]
    pool = [file for file in known if _stem(file) == "manifest"]
    pool = pool or [file for file in known if posixpath.basename(file) == LOOKUP] or known
    nearest = min((file.count("/") for file in pool), default=0)
    pool = [file for file in pool if file.count("/") == nearest]
    if not pool and books:
        raise refusal_of_workbook(min(books, key=lambda book: (book.count("/"), book)))
    if not pool:
        ending = f"manifest.{wanted}" if wanted else "manifest.json, manifest.jsonl or manifest.csv"
        raise ImportRefused(f"{container}: there is no {ending} in it")
    for folder in {posixpath.dirname(file) for file in pool}:
        rivals = [file for file in pool if posixpath.dirname(file) == folder]
        if len(rivals) > 1:
            raise ImportRefused(
                f"{container}: {_listed(rivals, ' and ')} may each be the manifest; name the file"
                " or its format"
            )
    return pool


def _notes_on_others(found: list[str], chosen: list[str]) -> Iterator[Line]:
    """Yield a note per manifest that names the files beside it that might be one too."""
    for file in chosen:
        beside = posixpath.dirname(file)
        others = [o for o in found if posixpath.dirname(o) == beside and o not in chosen]
        if others:
            yield Line(file, None, Outcome.NOTE, f"beside it, not read: {_listed(others, ', ')}")


def _listed(files: list[str], between: str) -> str:
    more = len(files) - MOST_NAMED
    return between.join(files[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _stem(file: str) -> str:
    return posixpath.splitext(posixpath.basename(file))[0].lower()


def _format_of(file: str) -> str:
    return MANIFEST_FORMATS[posixpath.splitext(file)[1].lower()]


def _read_one(
    container: Container, file: str, manifest_format: str, reading: Reading, max_bytes: int
) -> None:
    folders = ModelFolders(container, posixpath.dirname(file))
    reader = (CsvReader if manifest_format == "csv" else JsonReader)(
        file, folders, outside=container.reaches_outside
    )
    texts = decoded(container.pieces(file, max_bytes), file)
    try:
        reading.items.extend(_items_of(reader, texts, manifest_format))
    except RowRefused as refusal:
        raise ImportRefused(f"{container.name}: {refusal}") from None
    for line in reader.lines:
        reading.lines.append(line)
    reading.lines_left_out += reader.lines.left_out
    reading.hints.extend(f"{file}: {hint}" for hint in reader.hints)
    reading.refused_items += reader.refused_items
    reading.refused_candidates += reader.refused_candidates


def _items_of(
    reader: CsvReader | JsonReader, texts: Iterator[str], manifest_format: str
) -> Iterator[ItemRow]:
    if isinstance(reader, CsvReader):
        return reader.items(lines_of(texts, reader.file, newline=""))
    if manifest_format == "jsonl":
        return reader.items(jsonl_objects(lines_of(texts, reader.file)))
    return reader.items(json_objects(texts, reader.file))
