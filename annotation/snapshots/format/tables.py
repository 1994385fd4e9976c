"""The four canonical tables (docs/snapshot-format.md): columns, and rows to Parquet bytes."""

import io
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from annotation.snapshots.format.kinds import arrow_type


class Column(NamedTuple):
    """A column, and what it may hold (see `kinds`).

    needed: a snapshot without it, or where it holds something else, is refused. A snapshot may
    lack the other columns, and may hold more than are listed here.
    """

    name: str
    kind: str
    needed: bool = False


TABLES = {
    "items": (
        Column("item_id", "text", needed=True),
        Column("source_sha256", "text", needed=True),
        Column("instruction", "text", needed=True),
        Column("instruction_sha256", "text"),
        Column("category", "text"),
        Column("language", "text"),
        Column("random_arm", "flag", needed=True),
        Column("split", "text", needed=True),
        Column("source_width", "int32"),
        Column("source_height", "int32"),
        Column("licence", "text"),
        Column("origin", "text"),
        Column("version", "int16"),
        Column("withdrawn", "flag", needed=True),
    ),
    "candidates": (
        Column("candidate_id", "text", needed=True),
        Column("item_id", "text", needed=True),
        Column("image_sha256", "text", needed=True),
        Column("generator", "text", needed=True),
        Column("generator_version", "text"),
        Column("seed", "text"),
        Column("width", "int32"),
        Column("height", "int32"),
        Column("licence", "text"),
        Column("origin", "text"),
        Column("version", "int16"),
        Column("withdrawn", "flag", needed=True),
    ),
    "judgments": (
        Column("judgment_id", "text", needed=True),
        Column("comparison_id", "text", needed=True),
        Column("item_id", "text", needed=True),
        Column("candidate_ids", "[text]", needed=True),
        Column("annotator", "text", needed=True),
        Column("rubric_version", "int16"),
        Column("lane", "text", needed=True),
        Column("policy", "text"),
        Column("propensity", "float64?"),
        Column("shown_order", "[int8]"),
        Column("scores", "[[int8]]?"),
        Column("dimensions", "[text]"),
        Column("ranks", "[int8]?", needed=True),
        Column("tie_kind", "text?"),
        Column("cannot_judge", "text"),
        Column("note", "text"),
        Column("active_ms", "int32?"),
        Column("worked_ms", "int32?"),
        Column("evidence", "text"),
        Column("remarks", "text"),
        Column("created_at", "time"),
        Column("state", "text"),
        Column("in_force", "flag", needed=True),
        Column("counts", "flag"),
    ),
    "labels": (
        Column("comparison_id", "text", needed=True),
        Column("item_id", "text", needed=True),
        Column("candidate_ids", "[text]", needed=True),
        Column("split", "text"),
        Column("random_arm", "flag"),
        Column("n_judgments", "int16", needed=True),
        Column("dimensions", "[text]?", needed=True),
        Column("mean_scores", "[[float64?]]?", needed=True),
        Column("pair_outcomes", "[int8?]", needed=True),
        Column("ranks", "[int8]?"),
        Column("resolved_by", "text"),
        Column("n_conflicts", "int16"),
        Column("lane", "text"),
        Column("policy", "text"),
        Column("propensity", "float64?"),
        Column("gold", "flag"),
    ),
}
SCHEMAS = {
    table: pa.schema([(column.name, arrow_type(column.kind)) for column in columns])
    for table, columns in TABLES.items()
}
#: The names of the needed columns: all that a training reads.
NEEDED = {
    table: tuple(column.name for column in columns if column.needed)
    for table, columns in TABLES.items()
}

#: The columns that a training reads too where people saw edits at the size of their source.
SIZES = {"items": ("source_width", "source_height"), "candidates": ("width", "height")}


def parquet_bytes(rows: list[dict[str, Any]], table: str) -> bytes:
    """Return a Parquet file of a table. The same rows give the same bytes: parts are reused."""
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows, schema=SCHEMAS[table]), sink, compression="zstd")
    return sink.getvalue()
