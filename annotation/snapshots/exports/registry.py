"""The formats an export can have, by name."""

from annotation.errors import DomainError
from annotation.snapshots.exports import chosen_rejected, editreward_data
from annotation.snapshots.exports.request import Format

FORMATS = {entry.name: entry for entry in (editreward_data.FORMAT, chosen_rejected.FORMAT)}
# The snapshot itself, unchanged: tables, manifest and images.
CANONICAL = "canonical"
NAMES = (CANONICAL, *FORMATS)


def format_named(name: str) -> Format:
    """Return a derived format. Raises DomainError naming the ones that exist."""
    if name not in FORMATS:
        raise DomainError(f"format is one of {', '.join(NAMES)}, not {name!r}")
    return FORMATS[name]
