"""Read JSON and JSON Lines manifests."""

import json
import math
import posixpath
from collections.abc import Iterator
from functools import partial

from annotation.items.imports.manifests.columns import renamed, renaming_notes, what_is_missing
from annotation.items.imports.manifests.json_stream import Fields
from annotation.items.imports.manifests.pair_keys import as_item
from annotation.items.imports.manifests.text_stream import MAX_ALL_CANDIDATES, MAX_ROWS, too_many
from annotation.items.imports.manifests.values import Notes, Values, required
from annotation.items.imports.model_folders import ModelFolders
from annotation.items.imports.report import Line, LineList, Outcome
from annotation.items.imports.rows import (
    MAX_CANDIDATES,
    MAX_CATEGORY,
    MAX_GENERATOR,
    MAX_LICENCE,
    MAX_ORIGIN,
    CandidateRow,
    ItemRow,
    RowRefused,
    fault_of_best,
    inside,
)

ITEM_KEYS = (
    *("instruction", "source", "candidates", "target", "generator", "version", "seed"),
    *("licence", "origin", "category", "language", "sensitive", "mask", "known_best"),
)
NEEDED = ("instruction", "source", "candidates")
CANDIDATE_KEYS = ("path", "generator", "version", "seed", "licence", "origin")
SOURCE_KEYS = ("path", "licence", "origin")
# Most distinct unread keys that are noted, to bound memory.
MAX_UNREAD = 200


class JsonReader:
    """Turn the objects of one manifest into items. `lines` collects refusals and notes.

    folders: where the edits of a row that names none are.
    outside: whether paths may lead out of the container.
    """

    def __init__(self, file: str, folders: ModelFolders, *, outside: bool = False) -> None:
        self.file = file
        self.lines = LineList()
        self.refused_items = 0
        self.refused_candidates = 0
        self._inside = partial(inside, posixpath.dirname(file), outside=outside)
        self._folders = folders
        self._notes = Notes()
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
        self._notes.report(self.lines, self.file)
        for key, row in self._unread.items():
            self._say(row, Outcome.NOTE, f"{key} is not read (here for the first time)")

    @property
    def hints(self) -> list[str]:
        """Return a sentence on each needed key that no item has."""
        present = self._present
        if "target" in present or self._folders.n_found:
            present = present | {"candidates"}
        return [
            what_is_missing(name, present, ITEM_KEYS)
            for name in NEEDED
            if present and name not in present
        ]

    def _item(self, row: int, value: object) -> ItemRow:
        fields = self._named(row, as_item(value), "the row", ITEM_KEYS)
        self._present |= fields.keys() & set(ITEM_KEYS)
        if len(self._present) < MAX_UNREAD:
            self._present |= {key[:60] for key in fields.keys() - set(ITEM_KEYS)}
        self._note_unread(row, fields, ITEM_KEYS, "the key")
        values = Values(self._notes, row)
        instruction = values.instruction(fields.get("instruction"))
        source, path = self._source(row, fields)
        licence = source["licence"] if source.get("licence") else fields.get("licence")
        origin = source.get("origin") or fields.get("origin")
        candidates = self._candidates(row, fields, path)
        if not _names_edits(fields):
            path = self._folders.pictures_of(path)[0]
        mask = values.optional(fields.get("mask"), "mask")
        return ItemRow(
            self.file,
            row,
            instruction,
            path,
            tuple(candidates),
            category=values.text(fields.get("category"), "category", MAX_CATEGORY),
            licence=values.text(licence, "licence", MAX_LICENCE),
            origin=values.text(origin, "origin", MAX_ORIGIN),
            language=values.language(fields.get("language")),
            sensitive=values.sensitive(fields.get("sensitive")),
            mask="" if mask is None else self._inside(mask, "mask"),
            known_best=self._known_best(row, fields, candidates),
        )

    def _source(self, row: int, fields: Fields) -> tuple[Fields, str]:
        """Return what the row says about its source, and the path of it."""
        source = fields.get("source")
        if source is None or _is_nan(source):
            raise RowRefused("there is no source image")
        if isinstance(source, Fields):
            source = self._named(row, source, "the source", SOURCE_KEYS)
            self._note_unread(row, source, SOURCE_KEYS, "the source's key")
        else:
            source = Fields([("path", source)])
        return source, self._inside(source.get("path"), "source")

    def _candidates(self, row: int, fields: Fields, source: str) -> list[CandidateRow]:
        if not _names_edits(fields):
            edits = self._folders.pictures_of(source)[1]
            licence = Values(self._notes, row).text(fields.get("licence"), "licence", MAX_LICENCE)
            return [CandidateRow(row, path, name, licence=licence) for name, path in edits.items()]
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
        fields = self._named(row, value, "it", CANDIDATE_KEYS)
        self._note_unread(row, fields, CANDIDATE_KEYS, "the candidates' key")
        values = Values(self._notes, row)
        path = None if _is_nan(fields.get("path")) else fields.get("path")
        # A licence of the row applies to its candidates.
        licence = values.optional(fields.get("licence", item.get("licence")), "licence")
        return CandidateRow(
            row,
            self._inside(path, "path"),
            required(fields.get("generator"), "generator", MAX_GENERATOR, numbers=True),
            values.version(fields.get("version")),
            values.seed(fields.get("seed")),
            values.text(licence, "licence", MAX_LICENCE),
            values.text(fields.get("origin"), "origin", MAX_ORIGIN),
        )

    def _named(self, row: int, value: object, what: str, keys: tuple[str, ...]) -> Fields:
        """Return an object with known keys by the names that are read."""
        fields = _fields(value, what)
        if fields.doubles:
            raise RowRefused(f"the key {fields.doubles[0]!r} is given twice")
        names = renamed(fields.keys(), keys)
        for note in renaming_notes(names):
            self._notes.add(row, note)
        return Fields([(names.get(key, key), value) for key, value in fields.items()])

    def _known_best(self, row: int, fields: Fields, found: list[CandidateRow]) -> str:
        best = Values(self._notes, row).known_best(fields.get("known_best"))
        fault = fault_of_best(best, found) if best else ""
        if fault:
            self._say(row, Outcome.NOTE, fault)
        return "" if fault else best

    def _note_unread(self, row: int, fields: Fields, known: tuple[str, ...], what: str) -> None:
        for key in fields.keys() - set(known):
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


def _is_nan(value: object) -> bool:
    return isinstance(value, float) and math.isnan(value)


def _names_edits(fields: Fields) -> bool:
    """Whether a row names its edits; else they are in the folders of models."""
    return fields.get("candidates") is not None or fields.get("target") is not None


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
