"""What an export wrote and what it left out, by reason."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Summary:
    rows: int = 0
    left_out: Counter[str] = field(default_factory=Counter)

    def leave_out(self, reason: str) -> None:
        """Count a row that was not written."""
        self.left_out[reason] += 1
