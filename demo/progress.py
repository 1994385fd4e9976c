"""Progress of a demo in the making: items done, the current step, and the time left."""

import math
import time
from collections.abc import Callable

Report = Callable[[int, int, str], None]
# Before this share of the work has been seen, its speed says nothing.
LEAST_SEEN = 0.03


class Steps:
    """Combines drawing, importing and judging of n_items into one count.

    report(done, total, message) gets whole items; an item is done when all three are.
    """

    def __init__(self, report: Report, n_items: int) -> None:
        self._report, self._n_items = report, n_items
        self._steps = {"drawn": 0, "imported": 0, "judged": 0}
        self._began, self._first = time.monotonic(), -1.0

    def drawn(self, n_items: int) -> None:
        """Report that the first n_items are drawn."""
        self._step("drawn", n_items, "Drawing pictures")

    def imported(self, n_items: int) -> None:
        """Report that the first n_items are imported."""
        self._step("imported", n_items, "Importing them")

    def judged(self, n_items: int) -> None:
        """Report that simulated experts have judged as much as they shall of the first n_items."""
        self._step("judged", n_items, "Simulated experts judge them")

    def _step(self, name: str, n_items: int, message: str) -> None:
        self._steps[name] = max(self._steps[name], min(n_items, self._n_items))
        share = sum(self._steps.values()) / (3 * self._n_items)
        if self._first < 0:
            self._first = share
        done = math.floor(share * self._n_items)
        self._report(done, self._n_items, f"{message}{self._time_left(share)}")

    def _time_left(self, share: float) -> str:
        seen = share - self._first
        if seen < LEAST_SEEN or share >= 1:
            return ""
        seconds = (time.monotonic() - self._began) / seen * (1 - share)
        minutes = math.ceil(seconds / 60)
        return f"; about {minutes} minute{'s' if minutes > 1 else ''} left"
