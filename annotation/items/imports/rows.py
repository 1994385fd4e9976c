"""The rows of a manifest, and the checks of their texts."""

import posixpath
import re
from collections.abc import Sequence
from dataclasses import dataclass

from annotation.errors import DomainError

MAX_INSTRUCTION = 4_000
MAX_GENERATOR = 100
MAX_VERSION = 60
MAX_SEED = 40
MAX_CATEGORY = 60
MAX_LANGUAGE = 16
MAX_SENSITIVE = 100
# Languages have 2 or 3 letters (ISO 639): "english" is none.
TAG = re.compile(r"[a-z]{2,3}(-[a-z0-9]{1,8})*")
# Encoding and variant of a POSIX locale: en_US.UTF-8@euro.
LOCALE_END = re.compile(r"(\.[\w-]+)?(@\w+)?$")
MAX_LICENCE = 100
MAX_ORIGIN = 500
MAX_PATH = 1_000
MAX_CANDIDATES = 200
HOW_OUTSIDE = " (manage.py import_items --root FOLDER allows it)"


class RowRefused(DomainError):
    """One item or candidate cannot be taken; the message gives the reason without file and row."""


@dataclass(frozen=True, slots=True)
class CandidateRow:
    """A candidate as a manifest names it. path: inside the container, normalised."""

    row: int
    path: str
    generator: str
    version: str = ""
    seed: str = ""
    licence: str = ""
    origin: str = ""

    @property
    def name(self) -> str:
        """What to call it in a message."""
        made_by = " ".join(part for part in (self.generator, self.version) if part)
        return f"{made_by}, seed {self.seed}" if self.seed else made_by


@dataclass(frozen=True, slots=True)
class ItemRow:
    """An item of a manifest. file, row: its location; source: a normalised path."""

    file: str
    row: int
    instruction: str
    source: str
    candidates: tuple[CandidateRow, ...]
    category: str = ""
    licence: str = ""
    origin: str = ""
    language: str = ""
    # Why somebody may not want to see it; "" = not sensitive.
    sensitive: str = ""
    # Path of the mask, which marks where a change is meant; "" = none.
    mask: str = ""
    # The generator whose edit is the best; "" = not stated.
    known_best: str = ""

    @property
    def own_pictures(self) -> tuple[str, ...]:
        """Paths of the pictures that the item requires: source and mask."""
        return (self.source, self.mask) if self.mask else (self.source,)


def fault_of_best(name: str, candidates: Sequence[CandidateRow]) -> str:
    """Return why a generator cannot be an item's known best; "" where it has exactly one edit."""
    n = sum(candidate.generator == name for candidate in candidates)
    if n == 1:
        return ""
    return f"known_best {name[:60]!r} names {n or 'none'} of the candidates and is left out"


def text(value: object, name: str, limit: int, *, required: bool = False) -> str:
    """Return a text without white space around it; raises RowRefused naming the field.

    None counts as empty. Refuses what PostgreSQL cannot hold: NUL and lone surrogates.
    """
    if value is None:
        value = ""
    if not isinstance(value, str):
        raise RowRefused(f"{name} must be text, not {_kind(value)}")
    value = value.strip()
    if required and not value:
        raise RowRefused(f"{name} is missing or empty")
    if len(value) > limit:
        raise RowRefused(f"{name} has {len(value):,} characters; at most {limit:,} are allowed")
    if "\x00" in value:
        raise RowRefused(f"{name} holds a NUL character")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise RowRefused(f"{name} holds half a character (a lone surrogate)") from None
    return value


def language(value: object) -> str:
    """Return a language tag (BCP 47) in lower case, or ""; raises RowRefused for other text.

    Names of POSIX locales, such as en_US.UTF-8, are tags.
    """
    if isinstance(value, str):
        value = LOCALE_END.sub("", value.strip()).replace("_", "-")
    tag = text(value, "language", MAX_LANGUAGE).lower()
    if tag and not TAG.fullmatch(tag):
        raise RowRefused("language must be a tag such as en or pt-br")
    return tag


def label(value: object, name: str, limit: int) -> str:
    """Return a text given as text or as a whole number, such as a seed; raises RowRefused."""
    if isinstance(value, int) and not isinstance(value, bool):
        if abs(value) >= 10**limit:
            raise RowRefused(f"{name} has more than {limit} digits")
        value = str(value)
    return text(value, name, limit)


def inside(base: str, path: object, name: str, *, outside: bool = False) -> str:
    """Return a path relative to the container's root; raises RowRefused when it leads outside.

    base: the manifest's folder inside the container, "" for the root. outside: the container checks
    paths that lead out of it, which are returned as they are.
    """
    text(path, name, MAX_PATH, required=True)
    # Blanks at the ends may belong to the file's name; the container decides.
    whole = str(path)
    stated = whole.strip()
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]+://", stated):
        raise RowRefused(f"{name} is a URL; only files that come with the manifest are read")
    plain = stated.replace("\\", "/")
    if plain.startswith("/") or re.match(r"[A-Za-z]:/", plain):
        if outside and plain.startswith("/"):
            return posixpath.normpath(plain)
        raise RowRefused(f"{name} is an absolute path: {stated}{HOW_OUTSIDE}")
    joined = posixpath.normpath(posixpath.join(base, whole.replace("\\", "/")))
    if not outside and leads_out(joined):
        raise RowRefused(f"{name} leads out of the folder: {stated}{HOW_OUTSIDE}")
    return joined


def leads_out(path: str) -> bool:
    """Whether a normalised path is absolute or begins above its root."""
    return path.startswith(("/", "../")) or path == ".."


def _kind(value: object) -> str:
    names = {bool: "true or false", int: "a number", float: "a number", list: "a list"}
    return names.get(type(value), "an object" if isinstance(value, dict) else "something else")
