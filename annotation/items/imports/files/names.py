"""Find files by the names that manifests give them, where the spelling differs a little."""

import re
import unicodedata
from collections.abc import Callable, Collection
from enum import IntEnum
from typing import NamedTuple
from urllib.parse import unquote

# Most names that a refusal lists.
MOST_NAMED = 3


_Key = Callable[[str], str]


class Spelling(IntEnum):
    """How a file's name differs from the name in the manifest, the smallest difference first."""

    EXACT = 0
    FORM = 1
    ESCAPES = 2
    BLANKS = 3
    CASE = 4


# Differences that a person should know of; the Unicode form is invisible.
NOTED = {
    Spelling.ESCAPES: "in % escapes",
    Spelling.BLANKS: "in blanks",
    Spelling.CASE: "in upper and lower case",
}


class Found(NamedTuple):
    """path: of the file as it is; spelling: the largest difference from the name that was given."""

    path: str
    spelling: Spelling


class FileNames:
    """The names of files in folders. names_in: returns the names in a folder, "" is the root.

    A closer spelling is preferred to a looser one; of two equally close ones none is taken.
    """

    def __init__(self, names_in: Callable[[str], Collection[str]]) -> None:
        self._names_in = names_in
        self._by_key: dict[tuple[str, _Key], dict[str, list[str]]] = {}

    def find(self, path: str) -> Found | None:
        """Return the only file that a path can mean, or None."""
        at, differences = "", [Spelling.EXACT]
        for part in path.split("/"):
            step = self._one(at, part)
            if step is None:
                return None
            at = f"{at}/{step[0]}" if at else step[0]
            differences.append(step[1])
        return Found(at, max(differences))

    def hint(self, path: str) -> str:
        """Return the end of a refusal with files that a missing path may mean, "" for none.

        These are several other spellings, or the same name with another extension.
        """
        folder, _, name = path.rpartition("/")
        found = self.find(folder) if folder else Found("", Spelling.EXACT)
        if found is None:
            return ""
        likely = self._index(found.path, _folded).get(_folded(name))
        likely = likely or self.same_stem(found.path, name)
        if not likely:
            return ""
        more = ", …" if len(likely) > MOST_NAMED else ""
        return f"; did you mean {' or '.join(map(repr, sorted(likely)[:MOST_NAMED]))}{more}?"

    def same_stem(self, folder: str, name: str) -> list[str]:
        """Return the names in a folder that differ from a name in the extension, if at all."""
        return self._index(folder, _stem).get(_stem(name), [])

    def _one(self, folder: str, name: str) -> tuple[str, Spelling] | None:
        for spelling, key in KEYS.items():
            found = self._index(folder, key).get(key(name), [])
            if len(found) == 1:
                return found[0], spelling
            if found:
                return None
        return None

    def _index(self, folder: str, key: _Key) -> dict[str, list[str]]:
        known = self._by_key.get((folder, key))
        if known is None:
            known = self._by_key[folder, key] = {}
            for name in self._names_in(folder):
                known.setdefault(key(name), []).append(name)
        return known


def _exact(name: str) -> str:
    return name


def _composed(name: str) -> str:
    return unicodedata.normalize("NFC", name)


def _unescaped(name: str) -> str:
    return _composed(unquote(name))


def _trimmed(name: str) -> str:
    """Without blanks at the ends and before the extension; every blank is the plain one."""
    return re.sub(r" (\.\w+)$", r"\1", " ".join(_unescaped(name).split()))


def _folded(name: str) -> str:
    # Case folding can decompose a letter.
    return _composed(_trimmed(name).casefold())


def _stem(name: str) -> str:
    return _folded(name).rpartition(".")[0] or _folded(name)


KEYS: dict[Spelling, _Key] = {
    Spelling.EXACT: _exact,
    Spelling.FORM: _composed,
    Spelling.ESCAPES: _unescaped,
    Spelling.BLANKS: _trimmed,
    Spelling.CASE: _folded,
}
