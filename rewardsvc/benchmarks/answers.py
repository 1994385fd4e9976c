"""What a scorer said about a benchmark, and the protocol of scorers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from rewardsvc.benchmarks.data import Benchmark

#: Called with (done, total) edits or calls.
Progress = Callable[[int, int], None]


class ScorerRefused(ValueError):
    """A scorer that cannot be used here; the message says why."""


@dataclass(frozen=True)
class Usage:
    """What the answers cost: calls, tokens, and money in the currency of the settings."""

    calls: int = 0
    cached: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost: float = 0.0


@dataclass(frozen=True)
class Answers:
    """Scores of edits by key, or outcomes of pairs.

    pairs: (group key, i, j) -> 1 (edit i is better), 0 (tie) or -1. missing: edits or pairs without
    an answer, with the reason; they are counted and enter no metric as a tie. position: answers
    that name the first shown of a pair, of all answers that name one.
    """

    scores: Mapping[str, float] = field(default_factory=dict)
    pairs: Mapping[tuple[str, int, int], int] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    usage: Usage = Usage()


class Scorer(Protocol):
    """Something that judges edits.

    spec: how it was named, kept with the run. answer: raises ScorerRefused where the benchmark
    lacks what it needs.
    """

    spec: str

    def answer(self, benchmark: Benchmark, progress: Progress) -> Answers: ...
