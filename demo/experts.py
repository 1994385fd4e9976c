"""Simulated experts: personas who see the true quality with noise and habits.

No persona represents a real person: all account names begin with "sim-".
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np

FIRST_DIMENSION, SECOND_DIMENSION = "instruction_following", "visual_quality"
LOWEST, HIGHEST, MIDDLE = 1, 4, 2.5
# Of a persona's error about a candidate: what stays the same, and what differs from look to look.
LASTING, PASSING = 0.85, 0.53
# Standard deviation of the log of the time at work, and the least time of an answer.
SPREAD_OF_TIME, LEAST_MS = 0.45, 900
CANNOT_JUDGE = ("An image does not load properly.", "I cannot tell what the instruction means.")


@dataclass(frozen=True)
class Quality:
    """The true quality of a candidate per dimension slug, from 1 to 4, and its named faults."""

    worth: Mapping[str, float]
    faults: tuple[str, ...] = ()


@dataclass(frozen=True)
class Persona:
    """How one simulated expert sees and answers. Points are steps of the 1 to 4 scale.

    noise: standard deviation of what they see around the truth, per dimension slug ("" for any
    other). leniency: points added to every score. stretch: how far from the middle they dare go.
    emphasis: weight of the first dimension in their verdict, from 0 to 1. tie_within: overall
    difference below which they call a tie. first_bonus: points for what is shown first.
    dislikes: points off visual quality for faults by name. careless: chance of an answer without
    looking. cannot_judge: chance of declining. seconds: median time per comparison.
    """

    name: str
    noise: Mapping[str, float] = field(default_factory=lambda: {"": 0.6})
    leniency: float = 0.0
    stretch: float = 1.0
    emphasis: float = 0.5
    tie_within: float = 0.25
    first_bonus: float = 0.0
    dislikes: Mapping[str, float] = field(default_factory=dict)
    careless: float = 0.01
    cannot_judge: float = 0.003
    seconds: float = 16.0

    def noise_on(self, dimension: str) -> float:
        return self.noise.get(dimension, self.noise.get("", 0.6))


def _noise(first: float, second: float) -> dict[str, float]:
    return {FIRST_DIMENSION: first, SECOND_DIMENSION: second, "": (first + second) / 2}


PERSONAS = (
    Persona("sim-ada-careful", _noise(0.48, 0.58), tie_within=0.3, seconds=24.0, careless=0.0),
    Persona("sim-ben-lenient", _noise(0.64, 0.76), leniency=0.45, stretch=0.9, seconds=17.0),
    Persona("sim-cleo-fast", _noise(0.84, 0.98), careless=0.04, tie_within=0.15, seconds=6.0),
    Persona("sim-dov-first", _noise(0.64, 0.78), first_bonus=0.4, seconds=14.0),
    Persona(
        "sim-eva-colour", _noise(0.62, 0.64), dislikes={"cast": 0.7, "seam": 0.2}, seconds=19.0
    ),
    Persona("sim-finn-strict", _noise(0.6, 0.72), leniency=-0.35, emphasis=0.62, seconds=15.0),
)


@dataclass(frozen=True)
class ExpertAnswer:
    """An answer by screen position: scores (k, n_dimensions), dense ranks (k,), 1 = best."""

    scores: tuple[tuple[int, ...], ...] | None
    ranks: tuple[int, ...] | None
    tie_kind: str | None
    cannot_judge: str
    active_ms: int


def answer(
    persona: Persona,
    shown: Sequence[tuple[str, Quality]],
    dimensions: Sequence[str],
    *,
    seed: int,
) -> ExpertAnswer:
    """Return a persona's answer to candidates in shown order, each (identity, quality).

    dimensions: the slugs to score, in the rubric's order. The same persona, candidates, order
    and seed give the same answer; most of a persona's error about a candidate stays the same
    whatever it is compared with.
    """
    rng = _rng(seed, persona.name, *(identity for identity, _ in shown))
    active_ms = int(1000 * persona.seconds * np.exp(rng.normal(0, SPREAD_OF_TIME)))
    if rng.random() < persona.cannot_judge:
        reason = CANNOT_JUDGE[int(rng.integers(len(CANNOT_JUDGE)))]
        return ExpertAnswer(None, None, None, reason, active_ms)
    if rng.random() < persona.careless:
        seen = rng.uniform(LOWEST, HIGHEST, (len(shown), len(dimensions)))
        active_ms = max(LEAST_MS, active_ms // 5)
    else:
        seen = _seen(persona, shown, dimensions, seed, rng)
    stretched = MIDDLE + (seen - MIDDLE) * persona.stretch + persona.leniency
    scores = np.clip(np.rint(stretched), LOWEST, HIGHEST).astype(int)
    overall = seen @ weights(persona, len(dimensions))
    overall[0] += persona.first_bonus
    ranks = ranked(overall, within=persona.tie_within)
    return ExpertAnswer(
        tuple(tuple(int(value) for value in row) for row in scores),
        ranks,
        _tie_kind(ranks, float(overall.mean())),
        "",
        active_ms,
    )


def ranked(values: np.ndarray, *, within: float) -> tuple[int, ...]:
    """Return dense ranks, 1 = highest; a value less than `within` below its group's best ties."""
    order = np.argsort(-values, kind="stable")
    ranks = np.ones(len(values), dtype=int)
    rank, best = 1, float(values[order[0]])
    for index in order:
        if values[index] < best and best - values[index] >= within:
            rank, best = rank + 1, float(values[index])
        ranks[index] = rank
    return tuple(int(value) for value in ranks)


def unknown_quality(identity: str, dimensions: Sequence[str], *, seed: int) -> Quality:
    """Return a random but reproducible quality for a candidate without known quality."""
    rng = _rng(seed, "quality", identity)
    return Quality({slug: float(rng.uniform(LOWEST, HIGHEST)) for slug in dimensions})


def load_personas(path: Path) -> tuple[Persona, ...]:
    """Read personas from a JSON list of objects with the fields of Persona.

    Raises ValueError naming the entry and the field.
    """
    try:
        rows = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ValueError(f"{path}: {error}") from error
    if not isinstance(rows, list) or not rows:
        raise ValueError(f"{path}: expected a list of personas.")
    personas = tuple(_persona(row, f"{path}: persona {n}") for n, row in enumerate(rows, start=1))
    names = [persona.name for persona in personas]
    if len(set(names)) < len(names):
        raise ValueError(f"{path}: two personas have the same name.")
    return personas


def as_json(personas: Sequence[Persona]) -> str:
    """Return personas as `load_personas` reads them."""
    return json.dumps([asdict(persona) for persona in personas], indent=1)


def _persona(row: Any, where: str) -> Persona:
    if not isinstance(row, dict):
        raise ValueError(f"{where}: expected an object.")  # noqa: TRY004 - a value in a file
    unknown = set(row) - {f.name for f in fields(Persona)}
    if unknown:
        raise ValueError(f"{where}: unknown field {min(unknown)!r}.")
    name = row.get("name")
    if not isinstance(name, str) or not name.startswith("sim-"):
        raise ValueError(f"{where}: 'name' must begin with \"sim-\".")
    for key, value in row.items():
        if key == "name":
            continue
        numbers = (
            value.values() if key in {"noise", "dislikes"} and isinstance(value, dict) else [value]
        )
        if not all(isinstance(n, int | float) and not isinstance(n, bool) for n in numbers):
            raise ValueError(f"{where}: {key!r} must be a number or a table of numbers.")
    return Persona(**row)


def _rng(*parts: object) -> np.random.Generator:
    digest = hashlib.sha256("\x1f".join(map(str, parts)).encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:16], "big"))


def _seen(
    persona: Persona,
    shown: Sequence[tuple[str, Quality]],
    dimensions: Sequence[str],
    seed: int,
    rng: np.random.Generator,
) -> np.ndarray:
    """Return perceived quality, (k, n_dimensions): the truth, a lasting and a passing error."""
    rows = []
    for identity, quality in shown:
        lasting = _rng(seed, persona.name, identity).normal(0, 1, len(dimensions))
        passing = rng.normal(0, 1, len(dimensions))
        row = []
        for index, slug in enumerate(dimensions):
            value = quality.worth.get(slug, MIDDLE)
            error = LASTING * lasting[index] + PASSING * passing[index]
            if slug == SECOND_DIMENSION:
                value -= sum(persona.dislikes.get(fault, 0.0) for fault in quality.faults)
            row.append(value + persona.noise_on(slug) * error)
        rows.append(row)
    return np.asarray(rows, dtype=float)


def weights(persona: Persona, n_dimensions: int) -> np.ndarray:
    """Return the weight of each dimension in a persona's verdict, (n_dimensions,)."""
    if n_dimensions == 1:
        return np.ones(1)
    rest = (1 - persona.emphasis) / (n_dimensions - 1)
    return np.array([persona.emphasis, *[rest] * (n_dimensions - 1)])


def _tie_kind(ranks: Sequence[int], overall: float) -> str | None:
    if len(set(ranks)) > 1:
        return None
    return "good" if overall >= MIDDLE else "bad"
