"""Read settings from the environment; an invalid value is refused, never guessed."""

import os
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured


def text(name: str, default: str | None = None) -> str:
    """Return the variable, or the content of the file named by NAME_FILE (for mounted secrets)."""
    if path := os.environ.get(f"{name}_FILE"):
        return Path(path).read_text(encoding="utf-8").strip()
    value = os.environ.get(name, default)
    if value is None:
        raise ImproperlyConfigured(f"{name} is not set.")
    return value


def flag(name: str, *, default: bool) -> bool:
    """Return True or False; anything but the two words raises ImproperlyConfigured."""
    value = os.environ.get(name)
    if value is None:
        return default
    if value not in {"True", "False"}:
        raise ImproperlyConfigured(f"{name} must be True or False, not {value!r}.")
    return value == "True"


def integer(name: str, default: int) -> int:
    """Return a whole number; anything else raises ImproperlyConfigured."""
    value = os.environ.get(name, str(default))
    try:
        return int(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}.") from None


def words(name: str, default: str = "") -> list[str]:
    """Return a comma-separated list without empty entries."""
    return [word.strip() for word in os.environ.get(name, default).split(",") if word.strip()]


def home() -> Path:
    """Return the folder of all stored files: EDITJURY_HOME, or var beside the code."""
    default = Path(__file__).resolve().parent.parent / "var"
    return Path(os.environ.get("EDITJURY_HOME") or default).expanduser().resolve()
