"""Preference data as arrays: triples to be scored and pairs of them to learn from."""

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotation.items.imaging.presentation import OWN, SOURCE
from annotation.snapshots.format.pairs import TARGETS, Target, outcome_of
from annotation.snapshots.format.reader import Row
from annotation.snapshots.format.snapshot import Snapshot
from annotation.snapshots.format.votes import PairVotes, pair_votes
from rewardsvc.core.data.pairs import Floats, Pairs
from rewardsvc.core.data.triples import Triple, triples_of
from rewardsvc.core.errors import SnapshotError

_OUTCOMES = (1, 0, -1, None)


@dataclass(frozen=True)
class PreferenceData:
    """A snapshot made ready for training.

    held_out: per source, whether its split is `held_out`. left_out: pairs not used, by reason.
    rubric: the newest version judged under, as the snapshot's manifest describes it.
    scores: (n_triples, n_dimensions) mean scores over all judgments of a triple, NaN unknown.
    edit_size: OWN or SOURCE, as `Presentation.size`: the size at which people saw edits.
    watermarks: that were hidden on every picture.
    """

    dimensions: tuple[str, ...]
    triples: tuple[Triple, ...]
    pairs: Pairs
    sources: tuple[str, ...]
    held_out: NDArray[np.bool_]
    target: Target
    snapshot_sha256: str
    rubric_versions: tuple[str, ...]
    left_out: Mapping[str, int] = field(default_factory=dict)
    rubric: Mapping[str, Any] = field(default_factory=dict)
    scores: Floats = field(default_factory=lambda: np.empty((0, 0)))
    edit_size: str = OWN
    watermarks: tuple[str, ...] = ()

    @property
    def train_sources(self) -> tuple[str, ...]:
        return tuple(s for s, held in zip(self.sources, self.held_out, strict=True) if not held)

    @property
    def held_out_sources(self) -> tuple[str, ...]:
        return tuple(s for s, held in zip(self.sources, self.held_out, strict=True) if held)

    def at_own_size(self) -> "PreferenceData":
        """Return the data with every edit in its own size."""
        triples = tuple(replace(triple, size=None) for triple in self.triples)
        return replace(self, triples=triples, edit_size=OWN)

    def pairs_of(self, sources: Sequence[str]) -> Pairs:
        """Return the pairs of some source hashes. Raises SnapshotError for an unknown one."""
        wanted = set(sources)
        if unknown := wanted - set(self.sources):
            raise SnapshotError(f"the snapshot has no source {min(unknown)}")
        keep = np.array([source in wanted for source in self.sources], bool)
        return self.pairs.take(keep[self.pairs.source])


def build_data(snapshot: Snapshot, *, target: Target = "verdict") -> PreferenceData:
    """Turn a snapshot into triples (of all candidates that are not withdrawn) and judged pairs.

    target: `verdict` takes the majority of verdicts (unresolved pairs are left out and counted);
    `scores` takes the sign of the summed mean scores, as the paper does.
    Raises SnapshotError naming the row that is there twice, that refers to one that is not there,
    or that contradicts another.
    """
    if target not in TARGETS:
        raise SnapshotError(f"target is 'verdict' or 'scores', not {target!r}")
    items = _by_id("item", snapshot.tables["items"])
    candidates = _by_id("candidate", snapshot.tables["candidates"])
    labels = _by_id("comparison", snapshot.tables["labels"])
    triples = triples_of(candidates.values(), items, served=snapshot.has_served_sizes)
    sources, held_out = _sources(items, {triple.source_sha for triple in triples})
    item_of = {candidate: str(row["item_id"]) for candidate, row in candidates.items()}
    builder = _PairBuilder(snapshot.dimensions, triples, sources, item_of, target)
    builder.votes = pair_votes(snapshot.tables["judgments"])
    for label in labels.values():
        builder.add(label)
    return PreferenceData(
        snapshot.dimensions,
        triples,
        builder.pairs(),
        sources,
        held_out,
        target,
        snapshot.content_sha256,
        snapshot.rubric_versions,
        builder.left_out,
        snapshot.rubric,
        builder.mean_scores(),
        SOURCE if snapshot.has_served_sizes else OWN,
        snapshot.watermarks,
    )


def _by_id(kind: str, rows: Sequence[Row]) -> dict[str, Row]:
    found: dict[str, Row] = {}
    for row in rows:
        name = str(row[f"{kind}_id"])
        if found.setdefault(name, row) is not row:
            raise SnapshotError(f"{kind} {name} is there twice")
    return found


def _sources(items: Mapping[str, Row], used: set[str]) -> tuple[tuple[str, ...], NDArray[np.bool_]]:
    splits: dict[str, str] = {}
    for row in items.values():
        source, split = row["source_sha256"], row["split"]
        if split not in ("train", "held_out"):
            raise SnapshotError(f"item {row['item_id']}: split is {split!r}")
        if splits.setdefault(source, split) != split:
            raise SnapshotError(f"source {source} is in both splits")
    names = tuple(sorted(used))
    return names, np.array([splits[name] == "held_out" for name in names], bool)


class _PairBuilder:
    """Collect the pairs of labels, row by row; item_of: the item of every candidate."""

    def __init__(
        self,
        dimensions: Sequence[str],
        triples: Sequence[Triple],
        sources: Sequence[str],
        item_of: Mapping[str, str],
        target: Target,
    ) -> None:
        self.dimensions, self.triples, self.target = tuple(dimensions), triples, target
        self.item_of = item_of
        self.index = {triple.candidate: n for n, triple in enumerate(triples)}
        self.source_index = {source: n for n, source in enumerate(sources)}
        self.left_out = {"unresolved": 0, "withdrawn": 0}
        self.votes: PairVotes = {}
        self.rows: list[tuple[int, int, int, list[float], int, int]] = []
        self.total = np.zeros((len(triples), len(self.dimensions)))
        self.count = np.zeros_like(self.total)

    def add(self, label: Row) -> None:
        self._check(label)
        candidates, scores = label["candidate_ids"], self._scores(label)
        self._remember(candidates, scores, int(label["n_judgments"]))
        ordered = itertools.combinations(range(len(candidates)), 2)
        for (a, b), verdict in zip(ordered, label["pair_outcomes"], strict=True):
            if candidates[a] not in self.index or candidates[b] not in self.index:
                self.left_out["withdrawn"] += 1
                continue
            gap = scores[a] - scores[b]
            outcome = verdict if self.target == "verdict" else _outcome(float(gap.sum()))
            if outcome is None:
                self.left_out["unresolved"] += 1
                continue
            i, j = self.index[candidates[a]], self.index[candidates[b]]
            votes = self.votes.get((label["comparison_id"], candidates[a], candidates[b]), ())
            agreeing = sum(vote == outcome for vote in votes)
            self.rows.append((i, j, int(outcome), gap.tolist(), len(votes), agreeing))

    def _remember(self, candidates: Sequence[str], scores: Floats, n_judgments: int) -> None:
        for candidate, row in zip(candidates, scores, strict=True):
            if candidate in self.index:
                known = ~np.isnan(row)
                self.total[self.index[candidate], known] += row[known] * n_judgments
                self.count[self.index[candidate], known] += n_judgments

    def mean_scores(self) -> Floats:
        """Return the mean scores (n_triples, n_dimensions), NaN where nobody scored."""
        seen = self.count > 0
        return np.where(seen, self.total / np.where(seen, self.count, 1), np.nan)

    def _check(self, label: Row) -> None:
        """Refuse a label that is not about distinct candidates of its item."""
        candidates, outcomes = label["candidate_ids"], label["pair_outcomes"]
        for candidate in candidates:
            if candidate not in self.item_of:
                raise _refusal(label, f"names candidate {candidate}, which is missing")
            if (item := self.item_of[candidate]) != label["item_id"]:
                text = f"is of item {label['item_id']}, its candidate {candidate} of item {item}"
                raise _refusal(label, text)
        if len(set(candidates)) != len(candidates):
            raise _refusal(label, "names a candidate twice")
        if len(outcomes) != (n_pairs := math.comb(len(candidates), 2)):
            raise _refusal(label, f"has {n_pairs} pairs, {len(outcomes)} outcomes")
        if wrong := [outcome for outcome in outcomes if outcome not in _OUTCOMES]:
            raise _refusal(label, f"has the outcome {wrong[0]!r}, expected 1, 0, -1 or null")

    def _scores(self, label: Row) -> Floats:
        """Return mean scores (candidates, dimensions) in the snapshot's order of dimensions."""
        table = np.full((len(label["candidate_ids"]), len(self.dimensions)), np.nan)
        slugs, rows = label["dimensions"] or [], label["mean_scores"]
        if rows is None:
            return table
        if len(rows) != len(table) and (rows or slugs):
            raise _refusal(label, f"has {len(table)} candidates, mean scores of {len(rows)}")
        if wrong := [row for row in rows if len(row) != len(slugs)]:
            raise _refusal(label, f"has {len(slugs)} dimensions, mean scores of {len(wrong[0])}")
        for n, slug in enumerate(slugs):
            if slug in self.dimensions:
                column = [math.nan if row[n] is None else row[n] for row in rows]
                table[:, self.dimensions.index(slug)] = column
        if np.isinf(table).any():
            raise _refusal(label, "has a mean score that is not finite")
        return table

    def pairs(self) -> Pairs:
        i = np.array([row[0] for row in self.rows], np.int64)
        sources = [self.source_index[self.triples[n].source_sha] for n in i]
        return Pairs(
            i,
            np.array([row[1] for row in self.rows], np.int64),
            np.array([row[2] for row in self.rows], np.int64),
            np.array([row[3] for row in self.rows], float).reshape(-1, len(self.dimensions)),
            np.array(sources, np.int64),
            np.ones(len(i)),
            np.array([row[4] for row in self.rows], np.int64),
            np.array([row[5] for row in self.rows], np.int64),
        )


def _refusal(label: Row, what: str) -> SnapshotError:
    return SnapshotError(f"label of comparison {label['comparison_id']} {what}")


def _outcome(gap: float) -> int | None:
    return None if math.isnan(gap) else outcome_of(gap)


def groups(triples: Sequence[Triple]) -> Iterator[tuple[str, list[int]]]:
    """Yield each item with the indices of its triples, in order."""
    for item, members in itertools.groupby(range(len(triples)), key=lambda n: triples[n].item):
        yield item, list(members)
