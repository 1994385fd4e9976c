"""Labels of K candidates as pairs of two, with an outcome under a named target."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

from annotation.errors import DomainError
from annotation.exports.reader import Row, SnapshotReader

Target = Literal["scores", "verdict"]
TARGETS: tuple[Target, ...] = ("scores", "verdict")

# Means of a few small integers: anything closer is equal.
_EQUAL = 1e-9


@dataclass(frozen=True)
class Pair:
    """Two canonical candidates of a label. outcome: 1 = first wins, -1 = second, 0 = tie."""

    label: Row
    item: Row
    first: Row
    second: Row
    index: int
    first_scores: dict[str, float]
    second_scores: dict[str, float]
    outcome: int | None

    @property
    def margin(self) -> float:
        """Summed mean score of the first minus that of the second, in rubric points."""
        return sum(self.first_scores.values()) - sum(self.second_scores.values())


def pairs(reader: SnapshotReader, target: Target) -> Iterator[Pair]:
    """Yield every pair of every label; outcome None = the votes did not resolve it.

    target: `verdict` takes the majority of verdicts, `scores` the sign of the summed mean scores.
    Raises DomainError for another target.
    """
    if target not in TARGETS:
        raise DomainError(f"target is one of {', '.join(TARGETS)}, not {target!r}")
    for label in reader.labels():
        item = reader.items[label["item_id"]]
        candidates = [reader.candidates[name] for name in label["candidate_ids"]]
        scores = [dict(zip(label["dimensions"], row, strict=True)) for row in label["mean_scores"]]
        for index, (i, j) in enumerate(combinations(range(len(candidates)), 2)):
            gap = sum(scores[i].values()) - sum(scores[j].values())
            yield Pair(
                label=label,
                item=item,
                first=candidates[i],
                second=candidates[j],
                index=index,
                first_scores=scores[i],
                second_scores=scores[j],
                outcome=_sign(gap) if target == "scores" else label["pair_outcomes"][index],
            )


def _sign(gap: float) -> int:
    if abs(gap) < _EQUAL:
        return 0
    return 1 if gap > 0 else -1
