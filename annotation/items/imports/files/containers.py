"""The source of an import's files: a folder here, a ZIP in archive.py."""

import os
import stat
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Protocol

from annotation.items.imports.files.names import FileNames, Found, Spelling
from annotation.items.imports.files.outside import Outside
from annotation.items.imports.files.workbooks import SUFFIXES as WORKBOOK_SUFFIXES
from annotation.items.imports.rows import RowRefused, leads_out

PIECE = 2**16
MANIFEST_SUFFIXES = (".json", ".jsonl", ".ndjson", ".csv", ".tsv")
JUNK = {"__MACOSX", "Thumbs.db", "desktop.ini"}


class Container(Protocol):
    """Files under one root, by relative path with forward slashes."""

    name: str
    # Whether paths of a manifest may lead out of it; `find` checks them.
    reaches_outside: bool

    def manifests(self) -> list[str]:
        """Return every file whose extension may be that of a manifest, workbooks too."""
        ...

    def fit_names(self, paths: Collection[str]) -> str:
        """Prepare names for the paths that a manifest names; return a note or ""."""
        ...

    def find(self, path: str) -> Found | None:
        """Return the file that a path means, also in another spelling, or None."""
        ...

    def folders(self) -> list[str]:
        """Return folders by path, "" is the root, sorted."""
        ...

    def same_stem(self, folder: str, name: str) -> list[str]:
        """Return the names of files in a folder that differ from a name in the extension."""
        ...

    def read(self, path: str, limit: int) -> bytes:
        """Return a file's bytes. Raises RowRefused when there is none or it is over the limit."""
        ...

    def pieces(self, path: str, limit: int) -> Iterator[bytes]:
        """Yield a file's bytes in pieces. Raises RowRefused as `read` does."""
        ...

    def close(self) -> None:
        """Close open files."""
        ...


class Folder:
    """A folder on this machine. only: the manifest, when a file was named and not its folder.

    roots: folders in which files that the manifest names outside of it may lie.
    """

    # Deep enough for a folder of data sets with one manifest each.
    DEPTH = 2
    # Results of models may lie below outputs/run-1.
    FOLDERS_DEPTH = 4

    def __init__(self, root: Path, *, only: str | None = None, roots: Sequence[Path] = ()) -> None:
        self.name = root.name or str(root)
        self.reaches_outside = bool(roots)
        self._root = root
        self._outside = Outside(root, roots)
        self._only = only
        self._names = FileNames(self._names_in)

    def manifests(self) -> list[str]:
        """Return candidates for the manifest, sorted: at most DEPTH levels deep, else deeper.

        Folders that were packed and unpacked lie in folders of their own.
        """
        if self._only:
            return [self._only]
        found = sorted(self._walk(self._root, "", self.DEPTH))
        return found or sorted(self._walk(self._root, "", self.FOLDERS_DEPTH))

    def _walk(self, folder: Path, prefix: str, depth: int) -> Iterator[str]:
        with os.scandir(folder) as entries:
            for entry in entries:
                if is_junk(entry.name):
                    continue
                if entry.is_file() and may_be_manifest(entry.name):
                    yield prefix + entry.name
                elif depth > 1 and entry.is_dir():
                    yield from self._walk(Path(entry.path), f"{prefix}{entry.name}/", depth - 1)

    def fit_names(self, paths: Collection[str]) -> str:  # noqa: ARG002 - for a ZIP only
        """Return no note: the names of a folder have one encoding."""
        return ""

    def find(self, path: str) -> Found | None:
        """Return the file that a path means, or None."""
        if leads_out(path):
            return self._outside.find(path)
        try:
            if (self._root / path).exists():
                return Found(path, Spelling.EXACT)
            return self._names.find(path)
        except (OSError, ValueError):
            return None

    def folders(self) -> list[str]:
        """Return folders at most FOLDERS_DEPTH levels below the root."""
        return sorted(self._folders(self._root, "", self.FOLDERS_DEPTH))

    def _folders(self, folder: Path, prefix: str, depth: int) -> Iterator[str]:
        yield prefix
        if depth == 0:
            return
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir() and not is_junk(entry.name):
                    name = f"{prefix}/{entry.name}" if prefix else entry.name
                    yield from self._folders(Path(entry.path), name, depth - 1)

    def same_stem(self, folder: str, name: str) -> list[str]:
        """Return the names of files in a folder that differ from a name in the extension."""
        return self._names.same_stem(folder, name)

    def _names_in(self, folder: str) -> list[str]:
        try:
            return [path.name for path in (self._root / folder).iterdir()]
        except OSError:
            return []

    def read(self, path: str, limit: int) -> bytes:
        """Return a file's bytes; devices and pipes are refused before they are opened."""
        with self._opened(path, limit) as file:
            data = file.read(limit + 1)
        check_size(path, len(data), limit)
        return data

    def pieces(self, path: str, limit: int) -> Iterator[bytes]:
        """Yield a file's bytes in pieces."""
        size = 0
        with self._opened(path, limit) as file:
            while piece := file.read(PIECE):
                size += len(piece)
                check_size(path, size, limit)
                yield piece

    @contextmanager
    def _opened(self, path: str, limit: int) -> Iterator[IO[bytes]]:
        found = self.find(path)
        if found is None and leads_out(path):
            raise RowRefused(f"{path}: there is no such file in the folders that may be read")
        target = self._root / (found.path if found else path)
        try:
            status = target.stat()
            if not stat.S_ISREG(status.st_mode):
                raise RowRefused(f"{path}: this is not a file")
            check_size(path, status.st_size, limit)
            with target.open("rb") as file:
                yield file
        except FileNotFoundError:
            raise RowRefused(f"{path}: there is no such file{self._names.hint(path)}") from None
        except OSError as error:
            raise RowRefused(f"{path}: cannot be read ({error.strerror})") from None

    def close(self) -> None:
        """Nothing stays open."""


def may_be_manifest(name: str) -> bool:
    """Whether a file is a manifest by its extension, or a workbook given as one."""
    return name.lower().endswith(MANIFEST_SUFFIXES + WORKBOOK_SUFFIXES)


def is_junk(name: str) -> bool:
    """Whether the operating system created this file, not a person."""
    return name.startswith((".", "~$")) or name in JUNK


def check_size(path: str, size: int, limit: int) -> None:
    """Raise RowRefused for a file over the limit."""
    if size > limit:
        raise RowRefused(f"{path}: the file is larger than {limit // 2**20} MiB")
