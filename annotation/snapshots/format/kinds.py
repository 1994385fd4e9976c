"""What a column may hold: the Arrow type it is written with, and the check of what was read.

A kind is text, flag (true or false), time, a width of numbers (int8, int16, int32, float64),
[x] a list of x, or x? an x or null.
"""

import pyarrow as pa

_WRITTEN = {
    "text": pa.string(),
    "flag": pa.bool_(),
    "time": pa.timestamp("us", tz="UTC"),
    "int8": pa.int8(),
    "int16": pa.int16(),
    "int32": pa.int32(),
    "float64": pa.float64(),
}


def arrow_type(kind: str) -> pa.DataType:
    """Return the type that a column of the kind is written with; every type holds nulls."""
    kind = kind.removesuffix("?")
    return pa.list_(arrow_type(kind[1:-1])) if kind.startswith("[") else _WRITTEN[kind]


def complaint(values: pa.Array, kind: str) -> str | None:
    """Return what keeps values from being of a kind, None where they are.

    Numbers of another width than is written are taken as well, whole ones for fractions too.
    """
    if values.null_count and not kind.endswith("?"):
        return "holds a null"
    if pa.types.is_null(values.type):
        return None
    kind = kind.removesuffix("?")
    if not kind.startswith("["):
        expected = _name(arrow_type(kind))
        taken = ("whole", "number") if expected == "number" else (expected,)
        return None if _name(values.type) in taken else f"is {values.type}, expected {expected}"
    if not (pa.types.is_list(values.type) or pa.types.is_large_list(values.type)):
        return f"is {values.type}, expected lists"
    inner = complaint(values.flatten(), kind[1:-1])
    return f"is a list whose content {inner}" if inner else None


def _name(found: pa.DataType) -> str:
    """Return what a type holds, whatever its width; "" for what no column holds."""
    if pa.types.is_dictionary(found):
        found = found.value_type
    names = {
        "text": pa.types.is_string(found) or pa.types.is_large_string(found),
        "flag": pa.types.is_boolean(found),
        "time": pa.types.is_timestamp(found),
        "whole": pa.types.is_integer(found),
        "number": pa.types.is_floating(found),
    }
    return next((name for name, is_it in names.items() if is_it), "")
