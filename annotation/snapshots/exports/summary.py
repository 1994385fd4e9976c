"""What an export wrote and what it left out, by reason."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Summary:
    """Rows by split, rows that were not written by reason, and the images that were lost.

    unusable_images: {"image", "reason", "items", "candidates"}, by hash. licences: pictures by
    licence.
    """

    splits: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    unusable_images: list[dict[str, Any]] = field(default_factory=list)
    licences: dict[str, int] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        return self.splits.total()

    def add(self, split: str) -> None:
        """Count a row that was written."""
        self.splits[split] += 1

    def leave_out(self, reason: str) -> None:
        """Count a row that was not written."""
        self.left_out[reason] += 1
