"""The formats an export can have, by name."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from annotation.errors import DomainError
from annotation.snapshots.exports import chosen_rejected, editreward_data
from annotation.snapshots.exports.summary import Summary
from annotation.snapshots.format.pairs import Rule, Target
from annotation.snapshots.format.reader import SnapshotReader


@dataclass(frozen=True)
class Format:
    """A format: what it is for, the rule it follows where none is named, and its writer."""

    name: str
    title: str
    default_target: Target
    default_overall: Callable[[SnapshotReader], tuple[str, ...]]
    write: Callable[[SnapshotReader, Path, Rule], Summary]


FORMATS = {
    entry.name: entry
    for entry in (
        Format(
            "editreward-data",
            "EditReward-Data columns (Parquet with images)",
            editreward_data.DEFAULT_TARGET,
            editreward_data.default_overall,
            editreward_data.write,
        ),
        Format(
            "chosen-rejected",
            "Chosen and rejected pairs (JSON Lines with images)",
            chosen_rejected.DEFAULT_TARGET,
            chosen_rejected.default_overall,
            chosen_rejected.write,
        ),
    )
}
# The snapshot itself, unchanged: tables, manifest and images.
CANONICAL = "canonical"
NAMES = (CANONICAL, *FORMATS)


def format_named(name: str) -> Format:
    """Return a derived format. Raises DomainError naming the ones that exist."""
    if name not in FORMATS:
        raise DomainError(f"format is one of {', '.join(NAMES)}, not {name!r}")
    return FORMATS[name]
