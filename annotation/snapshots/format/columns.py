"""The columns of a snapshot that a reader checks, and what each may hold."""

import pyarrow as pa

# text, flag (true or false), whole, number; [x] a list of x; x? an x or null.
KINDS: dict[str, dict[str, str]] = {
    "items": {
        "item_id": "text",
        "source_sha256": "text",
        "instruction": "text",
        "split": "text",
        "random_arm": "flag",
        "withdrawn": "flag",
    },
    "candidates": {
        "candidate_id": "text",
        "item_id": "text",
        "image_sha256": "text",
        "generator": "text",
        "withdrawn": "flag",
    },
    "judgments": {
        "judgment_id": "text",
        "comparison_id": "text",
        "item_id": "text",
        "candidate_ids": "[text]",
        "annotator": "text",
        "lane": "text",
        "ranks": "[whole]?",
        "in_force": "flag",
    },
    "labels": {
        "comparison_id": "text",
        "item_id": "text",
        "candidate_ids": "[text]",
        "n_judgments": "whole",
        "dimensions": "[text]?",
        "mean_scores": "[[number?]]?",
        "pair_outcomes": "[whole?]",
    },
}
# A snapshot may hold more.
COLUMNS: dict[str, tuple[str, ...]] = {name: tuple(kinds) for name, kinds in KINDS.items()}


def complaint(column: pa.ChunkedArray, kind: str) -> str | None:
    """Return what keeps a column from being of a kind, None where it is."""
    chunks = column.chunks or [pa.array([], column.type)]
    return next((text for chunk in chunks if (text := _complaint(chunk, kind))), None)


def _complaint(values: pa.Array, kind: str) -> str | None:
    if values.null_count and not kind.endswith("?"):
        return "holds a null"
    if pa.types.is_null(values.type):
        return None
    kind = kind.removesuffix("?")
    if not kind.startswith("["):
        return None if _is(values.type, kind) else f"is {values.type}, expected {kind}"
    if not (pa.types.is_list(values.type) or pa.types.is_large_list(values.type)):
        return f"is {values.type}, expected lists"
    inner = _complaint(values.flatten(), kind[1:-1])
    return f"is a list whose content {inner}" if inner else None


def _is(found: pa.DataType, kind: str) -> bool:
    if pa.types.is_dictionary(found):
        found = found.value_type
    if kind == "text":
        return bool(pa.types.is_string(found) or pa.types.is_large_string(found))
    if kind == "flag":
        return bool(pa.types.is_boolean(found))
    if kind == "whole":
        return bool(pa.types.is_integer(found))
    return bool(pa.types.is_integer(found) or pa.types.is_floating(found))
