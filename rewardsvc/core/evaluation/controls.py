"""Controls: baselines that a model must beat to show that it uses the edit and the instruction."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rewardsvc.core.data.pairs import Pairs
from rewardsvc.core.data.preferences import PreferenceData
from rewardsvc.core.data.triples import Triple
from rewardsvc.core.errors import TrainingError

Floats = NDArray[np.float64]


def shuffled_instructions(data: PreferenceData, *, seed: int = 0) -> PreferenceData:
    """Return the data with every item's instruction taken from an item of another source."""
    items = {t.item: t for t in data.triples}
    names = sorted(items)
    donors = _derangement(
        [items[n].source_sha for n in names], [items[n].instruction for n in names], seed
    )
    texts = {name: items[names[d]].instruction for name, d in zip(names, donors, strict=True)}
    return replace(data, triples=tuple(replace(t, instruction=texts[t.item]) for t in data.triples))


def swapped_sources(data: PreferenceData, *, seed: int = 0) -> PreferenceData:
    """Return the data with every source image replaced by that of another source.

    Only the model's input changes: folds and clusters still follow the true source.
    """
    names = list(data.sources)
    donors = _derangement(names, names, seed)
    shas = {name: names[d] for name, d in zip(names, donors, strict=True)}
    return replace(
        data, triples=tuple(replace(t, source_sha=shas[t.source_sha]) for t in data.triples)
    )


def views(data: PreferenceData, *, seed: int = 0) -> dict[str, tuple[Triple, ...]]:
    """Return the altered triples of each control by its name."""
    return {
        "shuffled instructions": shuffled_instructions(data, seed=seed).triples,
        "swapped sources": swapped_sources(data, seed=seed).triples,
    }


def _derangement(groups: Sequence[str], values: Sequence[str], seed: int) -> list[int]:
    """Return for each index another one with a different group and a different value."""
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(groups))
    for shift in range(1, len(order)):
        donors = dict(zip(order.tolist(), np.roll(order, shift).tolist(), strict=True))
        if all(groups[a] != groups[b] and values[a] != values[b] for a, b in donors.items()):
            return [donors[n] for n in range(len(order))]
    return [_any_other(groups, values, n, rng) for n in range(len(groups))]


def _any_other(
    groups: Sequence[str], values: Sequence[str], index: int, rng: np.random.Generator
) -> int:
    others = [
        n for n in range(len(groups)) if groups[n] != groups[index] and values[n] != values[index]
    ]
    if not others:
        raise TrainingError("a control needs two sources with different instructions")
    return int(rng.choice(others))


def generator_means(data: PreferenceData, fold: NDArray[np.int64]) -> Floats:
    """Return per triple the mean outcome of its generator in the other folds; 0 without any.

    fold: (n_sources,). A win counts 1, a loss -1, a tie 0.
    """
    pairs = data.pairs
    names = {name: n for n, name in enumerate(sorted({t.generator for t in data.triples}))}
    of = np.array([names[t.generator] for t in data.triples])
    out = np.zeros(len(data.triples))
    triple_fold = _triple_fold(data, fold)
    for n in range(int(fold.max()) + 1):
        seen = pairs.take(fold[pairs.source] != n)
        ends = np.concatenate([of[seen.i], of[seen.j]])
        won = np.concatenate([seen.outcome, -seen.outcome])
        total = np.bincount(ends, won, len(names))
        count = np.bincount(ends, minlength=len(names))
        rows = triple_fold == n
        out[rows] = (total / np.maximum(count, 1))[of[rows]]
    return out


def pixel_difference(data: PreferenceData, images: Any, fold: NDArray[np.int64]) -> Floats:
    """Return per triple its mean absolute pixel change; the other folds determine the sign."""
    change = images.change([t.pictures for t in data.triples])
    triple_fold = _triple_fold(data, fold)
    out = np.empty(len(change))
    for n in range(int(fold.max()) + 1):
        seen = data.pairs.take(fold[data.pairs.source] != n)
        agreement = float(np.sum(np.sign(change[seen.i] - change[seen.j]) * seen.outcome))
        out[triple_fold == n] = change[triple_fold == n] * (1 if agreement >= 0 else -1)
    return out


def _triple_fold(data: PreferenceData, fold: NDArray[np.int64]) -> NDArray[np.int64]:
    index: Mapping[str, int] = {source: n for n, source in enumerate(data.sources)}
    return np.array([fold[index[t.source_sha]] for t in data.triples], np.int64)


def score_gaps(scores: Floats, pairs: Pairs) -> Floats:
    """Return the difference of a control's scores on each pair, (n_pairs,)."""
    return scores[pairs.i] - scores[pairs.j]
