"""Guess which column was meant where a required one is missing."""

import difflib
from collections.abc import Collection

# Names of the same column in known data sets, likeliest first.
KNOWN_AS = {
    "instruction": (
        *("prompt", "edit_instruction", "edit_prompt", "instructions", "text", "caption"),
        *("edit", "command", "query"),
    ),
    "source": (
        *("src", "source_image", "input", "input_image", "image", "original", "path_src"),
        *("source_path", "before", "src_img_path"),
    ),
    "candidates": ("outputs", "edits", "edited", "results", "images", "edited_images", "models"),
    "candidate": (
        *("edited", "output", "edited_image", "output_image", "result", "target", "image"),
        *("path", "after"),
    ),
    "generator": ("model", "model_name", "method", "system", "editor", "name"),
}
NEAR = 0.7
MOST_NAMED = 8


def what_is_missing(name: str, present: Collection[str], known: Collection[str]) -> str:
    """Return a sentence about a column that no row has, with a likely one among those present.

    known: the columns that are read; they are never suggested.
    """
    others = [column for column in present if column not in known]
    start = f"no row has `{name}`"
    found = _likely(name, others)
    if found is not None:
        return f"{start}; did you mean `{found[:60]}`?"
    if not others:
        return start
    listed = ", ".join(f"`{column[:60]}`" for column in sorted(others)[:MOST_NAMED])
    return f"{start}; not read are {listed}"


def _likely(name: str, others: Collection[str]) -> str | None:
    plain = {_plain(column): column for column in others}
    for alias in KNOWN_AS.get(name, ()):
        if alias in plain:
            return plain[alias]
    near = difflib.get_close_matches(name, plain, n=1, cutoff=NEAR)
    return plain[near[0]] if near else None


def _plain(column: str) -> str:
    return column.strip().lower().replace("-", "_").replace(" ", "_")
