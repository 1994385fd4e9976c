"""The terms of docs/glossary.md, which is their only source."""

from functools import cache
from itertools import pairwise

from django.conf import settings

from annotation.handbook.anchors import anchor, names_of
from annotation.handbook.rendering import TERM_COLUMN, markdown

FILE = "glossary.md"


class UnknownTermError(LookupError):
    """A page names a term that the glossary does not explain."""


@cache
def terms() -> dict[str, str]:
    """Return the meaning of each term, without the marks of Markdown."""
    parser = markdown()
    tokens = parser.parse((settings.DOCS_ROOT / FILE).read_text())
    found: dict[str, str] = {}
    cells: list[str] = []
    for opening, inline in pairwise(tokens):
        if opening.type == "tr_open":
            cells = []
        elif opening.type in {"th_open", "td_open"}:
            cells.append("".join(child.content for child in inline.children or []))
        if len(cells) == _TERM_AND_MEANING and cells[0] != TERM_COLUMN:
            found |= dict.fromkeys(names_of(cells[0]), cells[1])
    return found


_TERM_AND_MEANING = 2


def look_up(term: str) -> tuple[str, str]:
    """Return a term's id on the glossary page and its meaning. Raises UnknownTermError."""
    meaning = terms().get(term)
    if meaning is None:
        raise UnknownTermError(f"{FILE} has no row for “{term}”.")
    return anchor(term), meaning
