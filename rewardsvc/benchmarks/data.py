"""A benchmark in memory: groups that people ranked, or single edits that they rated."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path


class DataFault(ValueError):
    """A file that cannot be used; the message names file, row and column."""

    def __init__(self, path: Path, why: str, *, row: int | None = None, column: str = "") -> None:
        where = [str(path)]
        where += [] if row is None else [f"row {row}"]
        where += [f"column {column}"] if column else []
        super().__init__(f"{', '.join(where)}: {why}")


@dataclass(frozen=True)
class Picture:
    """A picture that stays where it is until it is read.

    name: where it is, for messages. read: returns the file's bytes.
    """

    name: str
    read: Callable[[], bytes] = field(repr=False, compare=False)

    @property
    def sha256(self) -> str:
        """The hash of the file's bytes: the same picture under two names is one."""
        return hashlib.sha256(self.read()).hexdigest()


@dataclass(frozen=True)
class Edit:
    """One edited picture. key: unique in the benchmark. Pictures are None where none came along."""

    key: str
    generator: str
    instruction: str
    source: Picture | None = None
    edited: Picture | None = None


@dataclass(frozen=True)
class Group:
    """K edits of one item and how people ranked them.

    item: what intervals resample: the source picture, where it can be known. ranks: (K,), 1 =
    best, equal = tie. label: as spelt in the file. tie_kind: good or bad, where the label says so.
    """

    key: str
    item: str
    edits: tuple[Edit, ...]
    ranks: tuple[int, ...]
    label: str = ""
    category: str = ""
    tie_kind: str = ""


@dataclass(frozen=True)
class Rating:
    """One edit with a human score; raters: the scores of single people, where they are known."""

    item: str
    edit: Edit
    human: float
    raters: tuple[float, ...] = ()
    category: str = ""


@dataclass(frozen=True)
class Benchmark:
    """What a loader read.

    by_schema: the layout was taken from its documentation; no file as released was ever read here.
    notes: one sentence each on duplicates, rows left out, and which release it is.
    sha256: of the data files' names and contents.
    """

    name: str
    by_schema: bool
    sha256: str
    groups: tuple[Group, ...] = ()
    ratings: tuple[Rating, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def edits(self) -> tuple[Edit, ...]:
        """Return every edit once, in order of first appearance."""
        found = {edit.key: edit for group in self.groups for edit in group.edits}
        found |= {rating.edit.key: rating.edit for rating in self.ratings}
        return tuple(found.values())


def files_sha256(paths: list[Path]) -> str:
    """Return a hash of names and contents, in the order of the names."""
    total = hashlib.sha256()
    for path in sorted(paths, key=lambda path: path.name):
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        total.update(f"{path.name}\0{digest}\n".encode())
    return total.hexdigest()
