"""Recognise columns by other names, and guess which one was meant where one is missing."""

import difflib
from collections.abc import Collection, Mapping

# Other names that known data sets use for a column and for nothing else.
ALIASES = {
    "instruction": (
        *("prompt", "edit_instruction", "edit_prompt", "editing_instruction", "instructions"),
        *("editing_prompt", "instruction_text"),
    ),
    "source": (
        *("image", "input_image", "source_image", "src", "src_image", "input", "original"),
        *("original_image", "source_path", "image_path", "input_path", "file_name", "filename"),
        *("source_img", "input_img", "src_img", "src_img_path", "path_src", "before"),
    ),
    "candidate": (
        *("output", "output_image", "edited_image", "edited", "result", "target", "target_image"),
        *("edited_img", "output_img", "target_img", "edited_path", "output_path", "after"),
    ),
    "candidates": ("outputs", "edits", "edited_images", "output_images", "models"),
    "target": (
        *("output", "output_image", "edited_image", "edited", "result", "target_image"),
        *("edited_img", "output_img", "target_img", "edited_path", "output_path", "after"),
    ),
    "generator": ("model", "model_name", "method", "system", "editor"),
    "path": ("image", "output", "output_image", "file", "image_path", "file_name"),
    "licence": ("license",),
    "source_licence": ("source_license",),
    "language": ("lang",),
}
# Names that may also mean something else: proposed and not used.
ALSO = {
    "instruction": ("text", "caption", "edit", "command", "query"),
    "candidates": ("edited", "results", "images"),
    "candidate": ("image", "path"),
    "generator": ("name",),
}
NEAR = 0.7
MOST_NAMED = 8


def renamed(present: Collection[str], columns: Collection[str]) -> dict[str, str]:
    """Return {name as it is: column} for names that can only mean a column that is not there.

    columns: the names that are read. Of two aliases of one column none is used.
    """
    plain = {_plain(name): name for name in present}
    found = {plain[column]: column for column in columns if column in plain}
    for column in columns:
        if column in plain:
            continue
        aliases = [plain[alias] for alias in ALIASES.get(column, ()) if alias in plain]
        aliases = [name for name in aliases if _plain(name) not in columns and name not in found]
        if len(aliases) == 1:
            found[aliases[0]] = column
    return {name: column for name, column in found.items() if name != column}


def renaming_notes(names: Mapping[str, str]) -> list[str]:
    """Return a note per column that is read under another name than its own."""
    return [
        f"the column {name[:60]!r} is read as {column}"
        for name, column in names.items()
        if _plain(name) != column
    ]


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
    for alias in (*ALIASES.get(name, ()), *ALSO.get(name, ())):
        if alias in plain:
            return plain[alias]
    near = difflib.get_close_matches(name, plain, n=1, cutoff=NEAR)
    return plain[near[0]] if near else None


def _plain(column: str) -> str:
    return column.strip(" \t\r\n\ufeff\u200b").lower().replace("-", "_").replace(" ", "_")
