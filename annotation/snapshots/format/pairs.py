"""Labels of K candidates as pairs of two, with an outcome under one rule for every column."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

from annotation.snapshots.format.errors import FormatError
from annotation.snapshots.format.reader import Row, SnapshotReader

Target = Literal["scores", "verdict"]
TARGETS: tuple[Target, ...] = ("scores", "verdict")
UNRESOLVED = "unresolved"
UNSCORED = "not scored on every dimension of the overall"

# Means of a few small integers: anything closer is equal.
_EQUAL = 1e-9


@dataclass(frozen=True)
class Rule:
    """What decides a pair, and the slugs of the dimensions whose sum is the overall score."""

    target: Target
    overall: tuple[str, ...]


@dataclass(frozen=True)
class Pair:
    """Two canonical candidates of a label. outcome: 1 = first wins, -1 = second, 0 = tie.

    index: number of the pair in its label. problem: why it has no outcome under the rule, "" where
    it has one. number: of the pair in the snapshot.
    """

    label: Row
    item: Row
    first: Row
    second: Row
    index: int
    first_scores: dict[str, float]
    second_scores: dict[str, float]
    overall: tuple[str, ...]
    outcome: int
    problem: str
    number: int

    @property
    def first_overall(self) -> float:
        """Sum of the first's mean scores over the rule's dimensions, in rubric points."""
        return sum(self.first_scores[slug] for slug in self.overall)

    @property
    def second_overall(self) -> float:
        """Sum of the second's mean scores over the rule's dimensions, in rubric points."""
        return sum(self.second_scores[slug] for slug in self.overall)

    @property
    def margin(self) -> float:
        """Overall of the first minus that of the second."""
        return self.first_overall - self.second_overall


def check_rule(reader: SnapshotReader, rule: Rule) -> None:
    """Raise FormatError for an unknown target, or for dimensions that the snapshot lacks."""
    if rule.target not in TARGETS:
        raise FormatError(f"target is one of {', '.join(TARGETS)}, not {rule.target!r}")
    known = reader.manifest["dimensions"]
    for slug in rule.overall:
        if slug not in known:
            raise FormatError(f"the rubric has no dimension {slug!r}; it has {', '.join(known)}")
    if not rule.overall or len(set(rule.overall)) < len(rule.overall):
        raise FormatError("the overall is made of one or more dimensions, each named once")


def dropped_dimensions(reader: SnapshotReader, rule: Rule) -> list[str]:
    """Return the snapshot's dimensions that are in no overall score of the export."""
    return [slug for slug in reader.manifest["dimensions"] if slug not in rule.overall]


def pairs(reader: SnapshotReader, rule: Rule) -> Iterator[Pair]:
    """Yield every pair of every label.

    target `verdict` takes the majority of verdicts, `scores` the sign of the overall's difference.
    """
    number = 0
    for label in reader.labels():
        found = pairs_of_label(reader, label, rule, number)
        number += len(found)
        yield from found


def pairs_of_label(reader: SnapshotReader, label: Row, rule: Rule, number: int) -> list[Pair]:
    """Return the pairs of a label. number: of its first pair in the snapshot."""
    candidates = [reader.candidates[name] for name in label["candidate_ids"]]
    scores = [dict(zip(label["dimensions"], row, strict=True)) for row in label["mean_scores"]]
    found = []
    for index, (i, j) in enumerate(combinations(range(len(candidates)), 2)):
        outcome, problem = _outcome(label, index, (scores[i], scores[j]), rule)
        found.append(
            Pair(
                label=label,
                item=reader.items[label["item_id"]],
                first=candidates[i],
                second=candidates[j],
                index=index,
                first_scores=scores[i],
                second_scores=scores[j],
                overall=rule.overall,
                outcome=outcome,
                problem=problem,
                number=number + index,
            )
        )
    return found


def _outcome(
    label: Row, index: int, scores: Sequence[dict[str, float]], rule: Rule
) -> tuple[int, str]:
    # A label that was judged under another version may lack a dimension.
    if set(rule.overall) - set(label["dimensions"]):
        return 0, UNSCORED
    if rule.target == "scores":
        first, second = (sum(each[slug] for slug in rule.overall) for each in scores)
        return outcome_of(first - second), ""
    verdict = label["pair_outcomes"][index]
    return (0, UNRESOLVED) if verdict is None else (verdict, "")


def outcome_of(gap: float) -> int:
    """Return 1 for a positive difference of overall scores, -1 for a negative, 0 for none."""
    if abs(gap) < _EQUAL:
        return 0
    return 1 if gap > 0 else -1
