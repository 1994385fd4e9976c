"""Find the files that rows name, and note where names differ from the files."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from annotation.items.imports.files.containers import Container
from annotation.items.imports.files.names import NOTED, Spelling
from annotation.items.imports.report import Line, Outcome
from annotation.items.imports.rows import ItemRow


def name_notes(container: Container, items: Sequence[ItemRow]) -> Iterator[Line]:
    """Yield a note on names of another encoding, and one per kind of spelling that differs.

    Raises ImportRefused as `fit_names` does. Files that are not found are no matter of this.
    """
    paths: dict[str, ItemRow] = {}
    for path, item in _paths(items):
        paths.setdefault(path, item)
    note = container.fit_names(paths)
    if note:
        yield Line(items[0].file, None, Outcome.NOTE, note)
    differing: dict[Spelling, list[tuple[str, str]]] = defaultdict(list)
    for path in paths:
        found = container.find(path)
        if found is not None and found.spelling in NOTED:
            differing[found.spelling].append((path, found.path))
    for spelling, pairs in sorted(differing.items()):
        (path, file), n = pairs[0], len(pairs)
        words = f"{n} file names differ" if n > 1 else "a file name differs"
        reason = f"{words} {NOTED[spelling]}: {path!r} is read from {file!r}"
        yield Line(paths[path].file, paths[path].row, Outcome.NOTE, reason)


def _paths(items: Iterable[ItemRow]) -> Iterator[tuple[str, ItemRow]]:
    for item in items:
        for path in (*item.own_pictures, *(candidate.path for candidate in item.candidates)):
            yield path, item
