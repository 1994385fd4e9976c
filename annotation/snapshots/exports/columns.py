"""The columns of a format: one description for Parquet files and for data cards.

A type is text such as `string` or `float32`, `image`, [x] a list of x, or {name: x} a struct.
"""

import json
from collections.abc import Mapping
from typing import Any

import pyarrow as pa

Kind = str | list[Any] | Mapping[str, Any]
Columns = Mapping[str, Kind]

_IMAGE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
_TYPES = {
    "string": pa.string(),
    "bool": pa.bool_(),
    "int8": pa.int8(),
    "int16": pa.int16(),
    "int32": pa.int32(),
    "int64": pa.int64(),
    "float32": pa.float32(),
    "float64": pa.float64(),
}


def arrow_schema(columns: Columns, images: str) -> pa.Schema:
    """Return the schema of Parquet files. images: embedded; else a picture is text."""
    embedded = images == "embedded"
    schema = pa.schema([(name, _arrow(kind, embedded)) for name, kind in columns.items()])
    features = {name: _feature(kind) for name, kind in columns.items() if _holds_image(kind)}
    if not embedded or not features:
        return schema
    # Lets the `datasets` library decode the pictures.
    info = {"info": {"features": features}}
    return schema.with_metadata({"huggingface": json.dumps(info)})


def typed(columns: Columns, *, indent: str) -> list[str]:
    """Return the lines of a card's front matter that give the columns their types."""
    lines: list[str] = []
    for name, kind in columns.items():
        lines += [f"{indent}- name: {name}", *_yaml(kind, f"{indent}  ")]
    return lines


def _yaml(kind: Kind, indent: str) -> list[str]:
    if isinstance(kind, Mapping):
        return [f"{indent}struct:", *typed(kind, indent=indent)]
    if isinstance(kind, list):
        inner = kind[0]
        if isinstance(inner, str):
            return [f"{indent}list: {_plain(inner)}"]
        return [f"{indent}list:", *_inner(inner, indent)]
    return [f"{indent}dtype: {_plain(kind)}"]


def _inner(kind: Kind, indent: str) -> list[str]:
    if isinstance(kind, Mapping):
        return typed(kind, indent=indent)
    return _yaml(kind, f"{indent}  ")


def _plain(kind: str) -> str:
    return "string" if kind == "image" else kind


def _arrow(kind: Kind, embedded: bool) -> pa.DataType:  # noqa: FBT001 - a plain helper
    if isinstance(kind, Mapping):
        return pa.struct([(name, _arrow(inner, embedded)) for name, inner in kind.items()])
    if isinstance(kind, list):
        return pa.list_(_arrow(kind[0], embedded))
    if kind == "image":
        return _IMAGE if embedded else pa.string()
    return _TYPES[kind]


def _holds_image(kind: Kind) -> bool:
    return kind in ("image", ["image"])


def _feature(kind: Kind) -> dict[str, Any]:
    image = {"_type": "Image"}
    return image if kind == "image" else {"feature": image, "_type": "List"}
