"""Checks for the parts of an answer. Each refusal names the field."""

from collections.abc import Container, Mapping
from typing import Any

from annotation.errors import InvalidAnswer


def text_of(value: Any, name: str, longest: int) -> str:
    """Return text that can be stored. Raises InvalidAnswer."""
    if not isinstance(value, str):
        raise InvalidAnswer(name, f"{name} must be text.")
    if len(value) > longest:
        raise InvalidAnswer(name, f"{name} must be at most {longest:,} characters.")
    # PostgreSQL stores neither NUL nor single surrogates.
    if "\0" in value or any("\ud800" <= character <= "\udfff" for character in value):
        raise InvalidAnswer(name, f"{name} holds a character that cannot be stored.")
    return value


def list_by_position(value: Any, k: int, name: str) -> list[Any]:
    """Return a list of one value per shown candidate. Raises InvalidAnswer."""
    if not isinstance(value, list) or len(value) != k:
        raise InvalidAnswer(name, f"{name} must be a list of {k} values, in the order shown.")
    return value


def is_integer(value: Any) -> bool:
    """Whether a JSON value is a whole number; true and false are not."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_number(value: Any) -> bool:
    """Whether a JSON value is a number. NaN and infinity pass, so check the range before use."""
    return is_integer(value) or isinstance(value, float)


def refuse_unknown(data: Mapping[Any, Any], known: Container[str], prefix: str) -> None:
    """Raise InvalidAnswer for the first key that is not known."""
    for key in data:
        if key not in known:
            # The name is part of the response, so it must be valid Unicode.
            name = prefix + str(key)[:60].encode(errors="replace").decode()
            raise InvalidAnswer(name, f"There is no field “{name}”.")
