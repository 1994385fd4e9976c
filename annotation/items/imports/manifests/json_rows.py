"""Read JSON and JSON Lines manifests."""

import json
import posixpath
from collections.abc import Iterator
from typing import Any

from annotation.items.imports.manifests.columns import what_is_missing
from annotation.items.imports.manifests.json_stream import Fields
from annotation.items.imports.manifests.text_stream import MAX_ALL_CANDIDATES, MAX_ROWS, too_many
from annotation.items.imports.report import Line, LineList, Outcome
from annotation.items.imports.rows import (
    MAX_CANDIDATES,
    MAX_CATEGORY,
    MAX_GENERATOR,
    MAX_INSTRUCTION,
    MAX_LICENCE,
    MAX_ORIGIN,
    MAX_SEED,
    MAX_SENSITIVE,
    MAX_VERSION,
    CandidateRow,
    ItemRow,
    RowRefused,
    inside,
    label,
    language,
    text,
)

ITEM_KEYS = frozenset(
    [
        "instruction",
        "source",
        "candidates",
        "target",
        "generator",
        "version",
        "seed",
        "licence",
        "license",
        "origin",
        "category",
        "language",
        "sensitive",
        "mask",
        "known_best",
    ]
)
NEEDED = ("instruction", "source", "candidates")
CANDIDATE_KEYS = frozenset(["path", "generator", "version", "seed", "licence", "license", "origin"])
# Most distinct unread keys that are noted, to bound memory.
MAX_UNREAD = 200
SOURCE_KEYS = frozenset(["path", "licence", "license", "origin"])


class JsonReader:
    """Turn the objects of one manifest into items. `lines` collects refusals and notes."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.lines = LineList()
        self.refused_items = 0
        self.refused_candidates = 0
        self._base = posixpath.dirname(file)
        self._unread: dict[str, int] = {}
        self._present: set[str] = set()

    def items(self, objects: Iterator[tuple[int, object]]) -> Iterator[ItemRow]:
        """Yield every readable item; unread keys are noted once each at the end.

        Raises ImportRefused where there are more rows or candidates than an import takes.
        """
        n_candidates = 0
        for number, (row, value) in enumerate(objects, start=1):
            if number > MAX_ROWS:
                raise too_many(self.file, "rows", MAX_ROWS)
            try:
                item = self._item(row, value)
            except RowRefused as refusal:
                self.refused_items += 1
                self._say(row, Outcome.REFUSED, str(refusal))
                continue
            n_candidates += len(item.candidates)
            if n_candidates > MAX_ALL_CANDIDATES:
                raise too_many(self.file, "candidates", MAX_ALL_CANDIDATES)
            yield item
        for key, row in self._unread.items():
            self._say(row, Outcome.NOTE, f"{key} is not read (here for the first time)")

    @property
    def hints(self) -> list[str]:
        """Return a sentence on each needed key that no item has."""
        present = self._present | ({"candidates"} if "target" in self._present else set())
        return [
            what_is_missing(name, present, ITEM_KEYS)
            for name in NEEDED
            if present and name not in present
        ]

    def _item(self, row: int, value: object) -> ItemRow:
        fields = _fields(value, "the row")
        self._present |= fields.keys() & ITEM_KEYS
        if len(self._present) < MAX_UNREAD:
            self._present |= {key[:60] for key in fields.keys() - ITEM_KEYS}
        self._note_unread(row, fields, ITEM_KEYS, "the key")
        instruction = text(fields.get("instruction"), "instruction", MAX_INSTRUCTION, required=True)
        if fields.get("source") is None:
            raise RowRefused("there is no source image")
        source = fields["source"]
        if not isinstance(source, Fields):
            source = Fields([("path", source)])
        self._note_unread(row, source, SOURCE_KEYS, "the source's key")
        path = inside(self._base, source.get("path"), "source")
        licence = text(_licence(source) or _licence(fields), "licence", MAX_LICENCE)
        origin = text(source.get("origin") or fields.get("origin"), "origin", MAX_ORIGIN)
        category = text(fields.get("category"), "category", MAX_CATEGORY)
        tag = language(fields.get("language"))
        sensitive = text(fields.get("sensitive"), "sensitive", MAX_SENSITIVE)
        mask = fields.get("mask")
        candidates = self._candidates(row, fields)
        self._check_known_best(row, fields, candidates)
        return ItemRow(
            self.file,
            row,
            instruction,
            path,
            tuple(candidates),
            category=category,
            licence=licence,
            origin=origin,
            language=tag,
            sensitive=sensitive,
            mask="" if mask is None else inside(self._base, mask, "mask"),
        )

    def _candidates(self, row: int, fields: Fields) -> list[CandidateRow]:
        listed = _listed_candidates(fields)
        if len(listed) > MAX_CANDIDATES:
            raise RowRefused(f"{len(listed)} candidates; at most {MAX_CANDIDATES} are allowed")
        found = []
        for name, value in listed:
            try:
                found.append(self._candidate(row, value, fields))
            except RowRefused as refusal:
                self.refused_candidates += 1
                self._say(row, Outcome.REFUSED, f"candidate {name}: {refusal}")
        if not found:
            raise RowRefused("no candidate of it can be read")
        return found

    def _candidate(self, row: int, value: object, item: Fields) -> CandidateRow:
        fields = _fields(value, "it")
        self._note_unread(row, fields, CANDIDATE_KEYS, "the candidates' key")
        licence = _licence(fields)
        return CandidateRow(
            row,
            inside(self._base, fields.get("path"), "path"),
            text(fields.get("generator"), "generator", MAX_GENERATOR, required=True),
            label(fields.get("version"), "version", MAX_VERSION),
            label(fields.get("seed"), "seed", MAX_SEED),
            # A licence of the row applies to its candidates.
            text(_licence(item) if licence is None else licence, "licence", MAX_LICENCE),
            text(fields.get("origin"), "origin", MAX_ORIGIN),
        )

    def _check_known_best(self, row: int, fields: Fields, found: list[CandidateRow]) -> None:
        best = fields.get("known_best")
        if best is not None and best not in [candidate.generator for candidate in found]:
            self._say(row, Outcome.NOTE, "known_best names none of the candidates")

    def _note_unread(self, row: int, fields: Fields, known: frozenset[str], what: str) -> None:
        if fields.doubles:
            raise RowRefused(f"the key {fields.doubles[0]!r} is given twice")
        for key in fields.keys() - known:
            if len(self._unread) < MAX_UNREAD:
                self._unread.setdefault(f"{what} {key[:60]!r}", row)

    def _say(self, row: int, outcome: Outcome, reason: str) -> None:
        self.lines.append(Line(self.file, row, outcome, reason))


def jsonl_objects(lines: Iterator[str]) -> Iterator[tuple[int, object]]:
    """Yield (line number, object); RowRefused as the object of a line that is no JSON."""
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            yield number, json.loads(line, object_pairs_hook=Fields)
        except (ValueError, RecursionError) as error:
            yield number, RowRefused(f"not valid JSON ({getattr(error, 'msg', 'unreadable')})")


def _fields(value: object, what: str) -> Fields:
    if isinstance(value, RowRefused):
        raise value
    if not isinstance(value, Fields):
        raise RowRefused(f"{what} must be an object with named fields")
    return value


def _licence(fields: Fields) -> Any:
    return fields.get("licence", fields.get("license"))


def _listed_candidates(fields: Fields) -> list[tuple[str, object]]:
    """Return (name for messages, object) per candidate, for each allowed form of the list."""
    target, candidates = fields.get("target"), fields.get("candidates")
    if target is not None and candidates is not None:
        raise RowRefused("it has both candidates and a target; give one of them")
    if target is not None:
        shared = [(key, fields[key]) for key in ("version", "seed") if key in fields]
        name = fields.get("generator", "target")
        return [(_short(name), Fields([("path", target), ("generator", name), *shared]))]
    if isinstance(candidates, Fields):
        if candidates.doubles:
            raise RowRefused(f"the candidate {candidates.doubles[0]!r} is given twice")
        return [(_short(name), _named(name, value)) for name, value in candidates.items()]
    if isinstance(candidates, list):
        return [
            (
                _short(value.get("generator", n)) if isinstance(value, Fields) else str(n),
                value,
            )
            for n, value in enumerate(candidates, start=1)
        ]
    if candidates is None:
        raise RowRefused("there are no candidates")
    raise RowRefused("candidates must be an object or a list")


def _named(name: str, value: object) -> object:
    """Add the key as the generator; a `generator` inside as well would be ambiguous."""
    if isinstance(value, Fields):
        named = Fields([("generator", name), *value.items()])
        named.doubles = value.doubles
        return named
    return Fields([("path", value), ("generator", name)])


def _short(name: object) -> str:
    return str(name)[:60]
