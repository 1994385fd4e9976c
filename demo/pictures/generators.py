"""Invented editing models: how often each succeeds, and what goes wrong when it does not."""

from dataclasses import dataclass

import numpy as np

from demo.pictures.faults import COST

OUTCOMES = ("right", "over", "partial", "otherwise", "elsewhere", "none")
# Instruction following that each outcome is worth, (low, high) on the scale from 1 to 4.
WORTH: dict[str, tuple[float, float]] = {
    "right": (3.6, 4.0),
    "over": (2.0, 2.7),
    "partial": (2.1, 2.9),
    "otherwise": (1.5, 2.2),
    "elsewhere": (1.0, 1.5),
    "none": (1.0, 1.2),
}


@dataclass(frozen=True)
class Generator:
    """odds: chances of OUTCOMES. clean: chance that a picture has no fault of its own."""

    name: str
    version: str
    odds: tuple[float, ...]
    clean: float
    severity: tuple[float, float]


GENERATORS = (
    Generator("aster-edit", "2.1", (0.54, 0.12, 0.08, 0.08, 0.08, 0.1), 0.57, (0.1, 0.85)),
    Generator("birch-diffuse", "0.9", (0.48, 0.13, 0.1, 0.09, 0.09, 0.11), 0.52, (0.15, 0.9)),
    Generator("cobalt-brush", "1.4", (0.42, 0.15, 0.11, 0.1, 0.1, 0.12), 0.46, (0.2, 1.0)),
    Generator("dune-mix", "0.3", (0.34, 0.16, 0.12, 0.12, 0.12, 0.14), 0.4, (0.25, 1.0)),
)


@dataclass(frozen=True)
class Plan:
    """The plan of one candidate: its outcome, its faults with severities, and its quality."""

    outcome: str
    faults: tuple[tuple[str, float], ...]
    drift: float
    instruction_following: float
    visual_quality: float


def make_plan(generator: Generator, rng: np.random.Generator) -> Plan:
    """Draw what a generator makes of one item."""
    odds = np.asarray(generator.odds)
    outcome = str(rng.choice(OUTCOMES, p=odds / odds.sum()))
    low, high = WORTH[outcome]
    # A generator that changes nothing rarely breaks anything.
    clean = 0.8 if outcome == "none" else generator.clean
    count = 0 if rng.random() < clean else int(rng.choice([1, 2], p=[0.75, 0.25]))
    names = [str(name) for name in rng.permutation(list(COST))[:count]]
    faults = tuple((name, float(rng.uniform(*generator.severity))) for name in names)
    quality = 4.0 - float(rng.uniform(0, 0.25))
    for index, (name, severity) in enumerate(faults):
        mild, strong = COST[name]
        quality -= (mild + (strong - mild) * severity) * (1.0 if index == 0 else 0.5)
    return Plan(
        outcome, faults, float(rng.random()), float(rng.uniform(low, high)), max(quality, 1.0)
    )
