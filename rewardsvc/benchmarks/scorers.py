"""Scorers: chance, and reward models of any backbone."""

from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from rewardsvc.benchmarks.answers import Answers, Progress, ScorerRefused
from rewardsvc.benchmarks.data import Benchmark, Edit

# Edits whose pictures are on the disk at a time.
_BATCH = 64


class RandomScorer:
    """Independent scores: orders the candidates of a group in each way alike."""

    def __init__(self, seed: int = 0) -> None:
        self.seed = seed
        self.spec = f"random:{seed}"

    def answer(self, benchmark: Benchmark, progress: Progress) -> Answers:
        keys = [edit.key for edit in benchmark.edits]
        drawn = np.random.default_rng(self.seed).normal(size=len(keys))
        progress(len(keys), len(keys))
        return Answers(scores=dict(zip(keys, drawn.tolist(), strict=True)))


class ModelScorer:
    """A reward model: the fused mean of each edit.

    score: `RewardScorer.score`, taking (source path, edited path, instruction).
    """

    def __init__(self, spec: str, score: Callable[[Sequence[Any]], Any]) -> None:
        self.spec = spec
        self._score = score

    def answer(self, benchmark: Benchmark, progress: Progress) -> Answers:
        """Score every edit that has its pictures; raises ScorerRefused where none has."""
        usable = [edit for edit in benchmark.edits if edit.source and edit.edited]
        if not usable:
            raise ScorerRefused("none of the edits has its pictures, which a model needs")
        without = "the edit or its source has no picture"
        missing = {e.key: without for e in benchmark.edits if not (e.source and e.edited)}
        scores: dict[str, float] = {}
        for start in range(0, len(usable), _BATCH):
            batch = usable[start : start + _BATCH]
            self._add(batch, scores, missing)
            progress(start + len(batch), len(usable))
        return Answers(scores=scores, missing=missing)

    def _add(
        self, batch: Sequence[Edit], scores: dict[str, float], missing: dict[str, str]
    ) -> None:
        try:
            found = self._rewards(batch)
        except ValueError as error:  # one picture that cannot be read
            if len(batch) == 1:
                missing[batch[0].key] = str(error)
                return
            for edit in batch:
                self._add([edit], scores, missing)
            return
        for edit, reward in zip(batch, found, strict=True):
            if np.isfinite(reward):
                scores[edit.key] = float(reward)
            else:
                missing[edit.key] = "the model's reward is not a number"

    def _rewards(self, batch: Sequence[Edit]) -> Any:
        with TemporaryDirectory(prefix="benchmark-") as folder:
            triples = [
                (*_written(edit, Path(folder), number), edit.instruction)
                for number, edit in enumerate(batch)
            ]
            return self._score(triples)["reward"]


def _written(edit: Edit, folder: Path, number: int) -> tuple[Path, Path]:
    """Write both pictures of an edit; the model reads files by their own decoder."""
    paths = folder / f"{number}-source", folder / f"{number}-edited"
    for path, picture in zip(paths, (edit.source, edit.edited), strict=True):
        if picture is not None:
            path.write_bytes(picture.read())
    return paths
