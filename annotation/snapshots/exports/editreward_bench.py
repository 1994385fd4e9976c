"""EditReward-Bench in its two layouts: rows of pairs, and groups of candidates with a ranking.

A group is a comparison with a ranking. Among three or four candidates the benchmark knows no ties,
so such groups with a tie are left out; among two, a tie is kept.
"""

import string
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from annotation.snapshots.exports.columns import Columns
from annotation.snapshots.exports.editreward_data import DIMENSIONS, published_overall
from annotation.snapshots.exports.request import Format, Request
from annotation.snapshots.exports.samples import Votes, voted_labels
from annotation.snapshots.exports.selection import confidence_of, group_refusal, votes_on
from annotation.snapshots.format.pairs import UNSCORED
from annotation.snapshots.format.reader import Row

LETTERS = string.ascii_uppercase
HELD_OUT = "held_out"
_SIDES = ("score", "overall_score", "instruction_following", "visual_quality")
COLUMNS: Columns = {
    "id": "string",
    "instruction": "string",
    "dataset": "string",
    "num_candidates": "int32",
    "comparison_type": "string",
    "ranking": "string",
    "source_image": "image",
    "candidate_1": "image",
    "candidate_2": "image",
    "model_1": "string",
    "model_2": "string",
    **{f"{name}_{side}": "float64" for name in _SIDES for side in (1, 2)},
    "split": "string",
    "n_judgments": "int16",
    "comparison_id": "string",
}
JSON_COLUMNS: Columns = {
    "prompt": "string",
    "path_src": "image",
    "paths_generated": ["image"],
    "human_vote": {"ranking": "string", "preference": "string"},
    "models": ["string"],
    "split": "string",
    "comparison_id": "string",
}


@dataclass(frozen=True)
class Group:
    """A ranked comparison. ranks: of the candidates in canonical order, 1 = best, equal = tie."""

    label: Row
    item: Row
    candidates: list[Row]
    ranks: list[int]
    votes: Votes

    @property
    def layout(self) -> str:
        return f"{len(self.candidates)}pair"

    @property
    def part(self) -> str:
        return f"{self.layout}/{self.label['split']}"


def _groups(request: Request) -> Iterator[tuple[Group, list[Any]]]:
    for label, judgments in voted_labels(request.reader):
        item = request.reader.items[label["item_id"]]
        candidates = [request.reader.candidates[name] for name in label["candidate_ids"]]
        votes = votes_on(judgments)
        refusal = group_refusal(request.options, label, item, candidates)
        refusal = refusal or _unranked(label)
        if not refusal and confidence_of(label, judgments) < request.options.confidence:
            refusal = "fewer votes agree than asked for"
        if refusal:
            request.summary.leave_out(refusal)
            continue
        pictures = request.pictures_or_count(item, candidates)
        if pictures is not None:
            yield Group(label, item, candidates, label["ranks"], votes), pictures


def _unranked(label: Row) -> str:
    ranks = label["ranks"]
    if ranks is None:
        return "unresolved, or not transitive"
    if len(ranks) > 2 and len(set(ranks)) < len(ranks):  # noqa: PLR2004 - K = 2 knows ties
        return "a tie among three or four"
    return ""


def _pair_rows(request: Request) -> Iterator[tuple[str, dict[str, Any]]]:
    published_overall(request.reader)
    for group, pictures in _groups(request):
        if set(DIMENSIONS) - set(group.label["dimensions"]):
            request.summary.leave_out(UNSCORED)
            continue
        pairs = combinations(range(len(group.candidates)), 2)
        for index, (i, j) in enumerate(pairs):
            yield group.part, _pair_row(group, index, (i, j), pictures)


def _pair_row(
    group: Group, index: int, pair: tuple[int, int], pictures: Sequence[Any]
) -> dict[str, Any]:
    i, j = pair
    scores = [_scores(group.label, at) for at in pair]
    return {
        "id": f"{group.label['comparison_id']}_{index}",
        "instruction": group.item["instruction"],
        "dataset": group.layout,
        "num_candidates": len(group.candidates),
        "comparison_type": f"{LETTERS[i]}vs{LETTERS[j]}",
        "ranking": _pair_ranking(group, i, j),
        "source_image": pictures[0],
        "candidate_1": pictures[1 + i],
        "candidate_2": pictures[1 + j],
        "model_1": group.candidates[i]["generator"],
        "model_2": group.candidates[j]["generator"],
        **{f"{name}_{side}": each[name] for name in _SIDES for side, each in enumerate(scores, 1)},
        "split": group.label["split"],
        "n_judgments": group.label["n_judgments"],
        "comparison_id": group.label["comparison_id"],
    }


def _pair_ranking(group: Group, i: int, j: int) -> str:
    first, second = group.ranks[i], group.ranks[j]
    a, b = LETTERS[i], LETTERS[j]
    if first == second:
        return f"{a}={b}"
    return f"{a}>{b}" if first < second else f"{b}>{a}"


def _scores(label: Row, at: int) -> dict[str, float]:
    means = dict(zip(label["dimensions"], label["mean_scores"][at], strict=True))
    following, quality = (means[slug] for slug in DIMENSIONS)
    return {
        "score": following + quality,
        "overall_score": following + quality,
        "instruction_following": following,
        "visual_quality": quality,
    }


def _group_rows(request: Request) -> Iterator[tuple[str, dict[str, Any]]]:
    for group, pictures in _groups(request):
        yield (
            group.part,
            {
                "prompt": group.item["instruction"],
                "path_src": pictures[0],
                "paths_generated": pictures[1:],
                "human_vote": _human_vote(group),
                "models": [row["generator"] for row in group.candidates],
                "split": group.label["split"],
                "comparison_id": group.label["comparison_id"],
            },
        )


def _human_vote(group: Group) -> dict[str, str]:
    best_first = sorted(range(len(group.ranks)), key=lambda at: (group.ranks[at], at))
    if len(set(group.ranks)) == 1:
        kind = "Bad" if 2 * group.votes.bad > group.votes.tie else "Good"
        return {"ranking": f"A=B={kind}", "preference": "tie"}
    ranking = ">".join(LETTERS[at] for at in best_first)
    return {"ranking": ranking, "preference": LETTERS[best_first[0]]}


def _file(part: str) -> str:
    """Return the benchmark's own file name; sources to train on get a folder of their own."""
    layout, split = part.split("/")
    name = f"EditReward_Bench_{layout}"
    return name if split == HELD_OUT else f"{split}/{name}"


ROWS = Format(
    name="editreward-bench",
    title="EditReward-Bench rows (Parquet with images)",
    about="One row for each pair of a ranked group of two to four candidates.",
    storage="parquet",
    rows=_pair_rows,
    columns=lambda _: COLUMNS,
    ties=("keep", "drop"),
)
GROUPS = Format(
    name="editreward-bench-json",
    title="EditReward-Bench groups (JSON with images)",
    about="One row for each ranked group of two to four candidates.",
    storage="json",
    rows=_group_rows,
    columns=lambda _: JSON_COLUMNS,
    ties=("keep", "drop"),
    images=("beside", "hash"),
    file=_file,
)
