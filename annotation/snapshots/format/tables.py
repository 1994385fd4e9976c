"""The four canonical tables (docs/snapshot-format.md): schemas, and rows to Parquet bytes."""

import io
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

_TEXT_LIST = pa.list_(pa.string())
_INT8_LIST = pa.list_(pa.int8())

ITEMS = pa.schema(
    [
        ("item_id", pa.string()),
        ("source_sha256", pa.string()),
        ("instruction", pa.string()),
        ("instruction_sha256", pa.string()),
        ("category", pa.string()),
        ("random_arm", pa.bool_()),
        ("split", pa.string()),
        ("source_width", pa.int32()),
        ("source_height", pa.int32()),
        ("licence", pa.string()),
        ("origin", pa.string()),
        ("version", pa.int16()),
        ("withdrawn", pa.bool_()),
    ]
)
CANDIDATES = pa.schema(
    [
        ("candidate_id", pa.string()),
        ("item_id", pa.string()),
        ("image_sha256", pa.string()),
        ("generator", pa.string()),
        ("generator_version", pa.string()),
        ("seed", pa.string()),
        ("width", pa.int32()),
        ("height", pa.int32()),
        ("licence", pa.string()),
        ("origin", pa.string()),
        ("version", pa.int16()),
        ("withdrawn", pa.bool_()),
    ]
)
JUDGMENTS = pa.schema(
    [
        ("judgment_id", pa.string()),
        ("comparison_id", pa.string()),
        ("item_id", pa.string()),
        ("candidate_ids", _TEXT_LIST),
        ("annotator", pa.string()),
        ("rubric_version", pa.int16()),
        ("lane", pa.string()),
        ("policy", pa.string()),
        ("propensity", pa.float64()),
        ("shown_order", _INT8_LIST),
        ("scores", pa.list_(_INT8_LIST)),
        ("dimensions", _TEXT_LIST),
        ("ranks", _INT8_LIST),
        ("tie_kind", pa.string()),
        ("cannot_judge", pa.string()),
        ("note", pa.string()),
        ("active_ms", pa.int32()),
        ("evidence", pa.string()),
        ("remarks", pa.string()),
        ("created_at", pa.timestamp("us", tz="UTC")),
        ("state", pa.string()),
        ("in_force", pa.bool_()),
        ("counts", pa.bool_()),
    ]
)
LABELS = pa.schema(
    [
        ("comparison_id", pa.string()),
        ("item_id", pa.string()),
        ("candidate_ids", _TEXT_LIST),
        ("split", pa.string()),
        ("random_arm", pa.bool_()),
        ("n_judgments", pa.int16()),
        ("dimensions", _TEXT_LIST),
        ("mean_scores", pa.list_(pa.list_(pa.float64()))),
        ("pair_outcomes", _INT8_LIST),
        ("ranks", _INT8_LIST),
        ("resolved_by", pa.string()),
        ("n_conflicts", pa.int16()),
        ("lane", pa.string()),
        ("policy", pa.string()),
        ("propensity", pa.float64()),
    ]
)
SCHEMAS = {"items": ITEMS, "candidates": CANDIDATES, "judgments": JUDGMENTS, "labels": LABELS}


def parquet_bytes(rows: list[dict[str, Any]], schema: pa.Schema) -> bytes:
    """Return a Parquet file. The same rows give the same bytes, so parts can be reused."""
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), sink, compression="zstd")
    return sink.getvalue()
