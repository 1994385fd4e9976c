"""How many calls one person may make: a bucket each, in the memory of the web process.

Counting costs no query, so the busiest addresses keep their speed. Each web process counts for
itself; a person whose calls are spread over two of them may make up to twice as many.
"""

import time
from dataclasses import dataclass, field

from django.conf import settings

from annotation.errors import TooManyCalls

#: A stored picture is served from the disk, mostly once for each browser.
PICTURE, CALL = 1 / 3, 1.0
MAX_PEOPLE = 10_000
MINUTE = 60.0


@dataclass
class Buckets:
    """Each holds a minute's worth of calls and is refilled steadily. per_minute: 0 = no limit."""

    per_minute: float
    levels: dict[int, tuple[float, float]] = field(default_factory=dict)

    def take(self, person: int, cost: float, now: float) -> float:
        """Count a call; return 0, or the seconds until it is possible. Then it is not counted."""
        if not self.per_minute:
            return 0.0
        level, before = self.levels.get(person, (0.0, now))
        level = max(0.0, level - (now - before) * self.per_minute / MINUTE) + cost
        if level > self.per_minute:
            return (level - self.per_minute) * MINUTE / self.per_minute
        if person not in self.levels and len(self.levels) >= MAX_PEOPLE:
            self._forget_idle(now)
        self.levels[person] = (level, now)
        return 0.0

    def _forget_idle(self, now: float) -> None:
        # Whoever made no call for a minute starts with an empty bucket in any case.
        for person, (_, before) in list(self.levels.items()):
            if now - before > MINUTE:
                self.levels.pop(person, None)


_buckets = Buckets(settings.CALLS_PER_MINUTE)


def refuse_too_many(person: int, cost: float = CALL) -> None:
    """Count a call of a person. Raises TooManyCalls."""
    if wait := _buckets.take(person, cost, time.monotonic()):
        raise TooManyCalls(wait)
