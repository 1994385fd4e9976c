"""The answers of simulated experts, many at once, by the same model as `experts.answer`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from demo.bulk.work import FloatArray, IntArray
from demo.experts import (
    HIGHEST,
    LASTING,
    LOWEST,
    MIDDLE,
    PASSING,
    SECOND_DIMENSION,
    Persona,
    Quality,
    weights,
)

# Steps of SplitMix64 (Steele, Lea and Flood 2014): numbers of a hash, the same for the same key.
GOLDEN, FIRST, SECOND = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB


@dataclass(frozen=True)
class Votes:
    """Answers by screen position. scores: (n, k, n_dimensions); ranks: (n, k), 1 = best.

    tie: (n,), 0 none, 1 good, 2 bad.
    """

    scores: IntArray
    ranks: IntArray
    tie: IntArray


class Panel:
    """Personas and what they see of candidates.

    known: the quality of candidates by id; that of any other is drawn from `quality_seed` and the
    id. Most of a persona's error about a candidate stays the same whatever it is compared with.
    """

    def __init__(
        self,
        personas: Sequence[Persona],
        dimensions: Sequence[str],
        *,
        known: Mapping[int, Quality],
        quality_seed: int,
        seed: int,
    ) -> None:
        self._personas, self._slugs = personas, dimensions
        self._noise = np.array([[one.noise_on(slug) for slug in dimensions] for one in personas])
        self._weights = np.array([weights(one, len(dimensions)) for one in personas])
        self._quality_seed, self._seed = quality_seed % 2**64, seed % 2**64
        self._ids = np.array(sorted(known), dtype=np.int64)
        self._worth = np.array(
            [[known[pk].worth.get(slug, MIDDLE) for slug in dimensions] for pk in sorted(known)]
        ).reshape(-1, len(dimensions))
        self._dislike = np.array(
            [
                [
                    sum(one.dislikes.get(fault, 0.0) for fault in known[pk].faults)
                    for pk in sorted(known)
                ]
                for one in personas
            ]
        ).reshape(len(personas), -1)

    def vote(
        self,
        person: IntArray,
        shown: IntArray,
        careless: npt.NDArray[np.bool_],
        rng: np.random.Generator,
    ) -> Votes:
        """Return the answers to candidates (n, k) in shown order, by index of the persona (n,)."""
        n, k = shown.shape
        shape = (n, k, len(self._slugs))
        seen = self._truth(person, shown) + self._noise[person][:, None, :] * (
            LASTING * self._lasting(person, shown) + PASSING * rng.normal(size=shape)
        )
        seen = np.where(careless[:, None, None], rng.uniform(LOWEST, HIGHEST, shape), seen)
        stretch, leniency, within, bonus = (
            np.array([getattr(one, name) for one in self._personas])[person]
            for name in ("stretch", "leniency", "tie_within", "first_bonus")
        )
        stretched = MIDDLE + (seen - MIDDLE) * stretch[:, None, None] + leniency[:, None, None]
        scores = np.clip(np.rint(stretched), LOWEST, HIGHEST).astype(np.int64)
        overall = np.einsum("nkd,nd->nk", seen, self._weights[person])
        overall[:, 0] += bonus
        ranks = ranked(overall, within)
        tie = np.where(overall.mean(axis=1) >= MIDDLE, 1, 2)
        return Votes(scores, ranks, np.where((ranks == 1).all(axis=1), tie, 0))

    def _truth(self, person: IntArray, shown: IntArray) -> FloatArray:
        keys = [_mixed(self._quality_seed, shown, d) for d in range(len(self._slugs))]
        worth = LOWEST + (HIGHEST - LOWEST) * np.stack([_uniform(key) for key in keys], axis=2)
        if not len(self._ids):
            return worth
        at = np.minimum(np.searchsorted(self._ids, shown), len(self._ids) - 1)
        is_known = self._ids[at] == shown
        worth = np.where(is_known[:, :, None], self._worth[at], worth)
        if SECOND_DIMENSION in self._slugs:
            column = self._slugs.index(SECOND_DIMENSION)
            worth[:, :, column] -= np.where(is_known, self._dislike[person[:, None], at], 0.0)
        return worth

    def _lasting(self, person: IntArray, shown: IntArray) -> FloatArray:
        keys = [
            _mixed(self._seed, shown, (person[:, None] + 1) * len(self._slugs) + d)
            for d in range(len(self._slugs))
        ]
        return np.stack([ndtri(_uniform(key)) for key in keys], axis=2)


def ranked(values: FloatArray, within: FloatArray) -> IntArray:
    """Return dense ranks (n, k), 1 = highest; closer than `within` (n,) to its group's best ties.

    The same as `experts.ranked` for each row.
    """
    order = np.argsort(-values, axis=1, kind="stable")
    sorted_values = np.take_along_axis(values, order, axis=1)
    best = sorted_values[:, 0].copy()
    rank = np.ones(len(values), dtype=np.int64)
    found = np.ones(values.shape, dtype=np.int64)
    for at in range(1, values.shape[1]):
        value = sorted_values[:, at]
        lower = (value < best) & (best - value >= within)
        rank += lower
        best = np.where(lower, value, best)
        found[:, at] = rank
    ranks = np.empty_like(found)
    np.put_along_axis(ranks, order, found, axis=1)
    return ranks


def _mixed(seed: int, first: IntArray, second: IntArray | int) -> npt.NDArray[np.uint64]:
    """Return a 64-bit hash of two numbers, under a seed."""
    one = _splitmix(first.astype(np.uint64) + np.uint64(seed))
    return _splitmix(one + np.asarray(second, dtype=np.uint64))


def _splitmix(state: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    mixed = state + np.uint64(GOLDEN)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(FIRST)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(SECOND)
    return mixed ^ (mixed >> np.uint64(31))


def _uniform(key: npt.NDArray[np.uint64]) -> FloatArray:
    """Return numbers inside (0, 1)."""
    share: FloatArray = ((key >> np.uint64(11)).astype(np.float64) + 0.5) / 2**53
    return share
