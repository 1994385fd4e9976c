"""Read a mapping by a key that is itself a variable."""

from collections.abc import Mapping
from typing import Any

from django import template

register = template.Library()


@register.filter
def at(mapping: Mapping[str, Any] | None, key: object) -> Any:
    """Return the value of the key, or "" when it is missing."""
    return (mapping or {}).get(str(key), "")


@register.filter
def joined(first: object, second: object) -> str:
    """Return "first-second": the name of a form field that stands for both."""
    return f"{first}-{second}"
