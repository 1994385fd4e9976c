"""Pairs of all candidates of an item, with their scores from every comparison they were in.

So the EditReward paper pools: each candidate has one score, and pairs follow from the scores.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations

from annotation.snapshots.exports.options import Options
from annotation.snapshots.exports.samples import COLUMNS, Sample, outside_of, voted_labels
from annotation.snapshots.exports.summary import Summary
from annotation.snapshots.format.pairs import UNSCORED, Pair, Rule, outcome_of
from annotation.snapshots.format.reader import Row, SnapshotReader

POOLED = "pooled scores"
TOO_FEW = "fewer scores of a candidate than asked for"


@dataclass
class _Scores:
    """The scores of a candidate: how many, and their sums by dimension."""

    n: int = 0
    sums: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def add(self, dimensions: list[str], scores: list[int]) -> None:
        self.n += 1
        for slug, score in zip(dimensions, scores, strict=True):
            self.sums[slug] += score

    @property
    def means(self) -> dict[str, float]:
        return {slug: total / self.n for slug, total in self.sums.items()}


#: Candidate to scores, of each rubric version.
_Versions = dict[int, dict[str, _Scores]]


def pooled_samples(
    reader: SnapshotReader, rule: Rule, options: Options, summary: Summary
) -> Iterator[Sample]:
    """Yield the pairs of every item whose candidates have enough scores, and count the others.

    Only scores of the newest rubric version under which the item was judged are pooled. In memory
    are the sums of every scored candidate.
    """
    number = 0
    for name, versions in _scores(reader, options, summary).items():
        scores = versions[max(versions)]
        found = [_pair(reader, rule, name, ids, scores) for ids in _pairs(reader, scores)]
        for index, pair in enumerate(found):
            least = min(scores[row["candidate_id"]].n for row in (pair.first, pair.second))
            reason = pair.problem or (TOO_FEW if least < options.least else "")
            reason = reason or _outside(options, pair)
            if reason:
                summary.leave_out(reason)
                continue
            numbered = Pair(**{**vars(pair), "index": index, "number": number + index})
            yield Sample(numbered, (), rule, tie=pair.outcome == 0)
        number += len(found)


def _scores(reader: SnapshotReader, options: Options, summary: Summary) -> dict[str, _Versions]:
    found: dict[str, _Versions] = defaultdict(lambda: defaultdict(lambda: defaultdict(_Scores)))
    for label, judgments in voted_labels(reader, (*COLUMNS, "rubric_version")):
        if reason := outside_of(options, label, reader.items[label["item_id"]]):
            summary.leave_out(f"a comparison {reason}")
            continue
        for row in judgments:
            scores = found[label["item_id"]][row["rubric_version"]]
            for name, marks in zip(row["candidate_ids"], row["scores"], strict=True):
                scores[name].add(row["dimensions"], marks)
    return found


def _pairs(reader: SnapshotReader, scores: Mapping[str, _Scores]) -> Iterator[tuple[str, str]]:
    # Canonical order: by the hash of the picture.
    names = sorted(scores, key=lambda name: (reader.candidates[name]["image_sha256"], name))
    return combinations(names, 2)


def _outside(options: Options, pair: Pair) -> str:
    names = {pair.first["generator"], pair.second["generator"]}
    if options.generators and not names <= set(options.generators):
        return "of another generator"
    return "tie" if options.ties == "drop" and pair.outcome == 0 else ""


def _pair(
    reader: SnapshotReader,
    rule: Rule,
    item_id: str,
    ids: tuple[str, str],
    scores: Mapping[str, _Scores],
) -> Pair:
    item: Row = reader.items[item_id]
    first, second = (scores[name].means for name in ids)
    unscored = set(rule.overall) - set(first)
    gap = 0.0 if unscored else sum(first[slug] - second[slug] for slug in rule.overall)
    return Pair(
        label={
            "comparison_id": item_id,
            "item_id": item_id,
            "split": item["split"],
            "n_judgments": min(scores[name].n for name in ids),
            "resolved_by": POOLED,
            "lane": "",
            "policy": "",
            "propensity": None,
        },
        item=item,
        first=reader.candidates[ids[0]],
        second=reader.candidates[ids[1]],
        index=0,
        first_scores=first,
        second_scores=second,
        overall=rule.overall,
        outcome=outcome_of(gap),
        problem=UNSCORED if unscored else "",
        number=0,
    )
