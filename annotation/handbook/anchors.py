"""The terms of a glossary's row, and their ids on its page."""

import re


def names_of(cell: str) -> list[str]:
    """Return the terms that a row explains: "counts, judgments in force" has two."""
    return [name.strip() for name in re.sub(r"\s*\(.*", "", cell).split(",")]


def anchor(name: str) -> str:
    """Return the id of a term, such as `random-arm`."""
    return re.sub(r"[^\w]+", "-", name.lower()).strip("-")
