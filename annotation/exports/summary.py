"""What an export wrote and what it left out, by reason."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Summary:
    """Rows by split, and rows that were not written by reason."""

    splits: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)

    @property
    def rows(self) -> int:
        return self.splits.total()

    def add(self, split: str) -> None:
        """Count a row that was written."""
        self.splits[split] += 1

    def leave_out(self, reason: str) -> None:
        """Count a row that was not written."""
        self.left_out[reason] += 1
