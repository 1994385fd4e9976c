"""The people of the rules' study: careful ones of differing quality, and named faults."""

from dataclasses import dataclass

import numpy as np

from demo.experts import FIRST_DIMENSION, SECOND_DIMENSION, Persona

N_GOOD = 12
# Kinds of people beside N_GOOD good ones, a campaign each.
CAMPAIGNS = (
    ("random", "random", "left", "left"),
    ("lazy", "lazy", "colour-blind", "colour-blind"),
    ("drifting", "drifting", "colluding", "colluding"),
)
DRIFTS_AFTER = 400


@dataclass
class Person:
    """persona: how they see and answer. blind: chance of an answer without looking, by judgment.

    rule: how they answer without looking: at "random", "left", or "agreed" with another one.
    """

    kind: str
    persona: Persona
    blind: float = 0.0
    blind_later: float = 0.0
    rule: str = "random"
    same: float = 0.1
    lasting: int = 0
    agreed: int = 0


def make_people(kinds, rng):
    """Return N_GOOD good people and one of each kind, parameters drawn anew."""
    people = [_good("good", rng) for _ in range(N_GOOD)]
    agreed = int(rng.integers(2**31))
    for kind in kinds:
        person = _good(kind, rng)
        if kind == "random":
            person.blind = person.blind_later = 1.0
        elif kind == "left":
            person.blind = person.blind_later = 1.0
            person.rule, person.same = "left", rng.uniform(0, 0.1)
        elif kind == "lazy":
            person.blind = person.blind_later = rng.uniform(0.3, 0.7)
        elif kind == "drifting":
            person.blind_later = rng.uniform(0.5, 0.9)
        elif kind == "colluding":
            person.blind = person.blind_later = rng.uniform(0.7, 1.0)
            person.rule, person.agreed = "agreed", agreed
        people.append(person)
    return people


def judge(person, worth, *, side, comparison, n_done, rng):
    """Return ranks (2,) and scores (2, 2), canonical, of one answer.

    worth: (2, 2), candidates by dimensions. side: screen position of the first candidate.
    """
    blind = person.blind if n_done < DRIFTS_AFTER else person.blind_later
    if rng.random() < max(blind, person.persona.careless):
        return _without_looking(person, side, comparison, rng)
    persona = person.persona
    noise = [persona.noise_on(name) for name in (FIRST_DIMENSION, SECOND_DIMENSION)]
    own = np.random.default_rng([person.lasting, comparison])
    error = 0.85 * own.normal(size=(2, 2)) + 0.53 * rng.normal(size=(2, 2))
    seen = worth + noise * error
    scores = np.clip(np.rint(2.5 + (seen - 2.5) * persona.stretch + persona.leniency), 1, 4)
    overall = seen @ [persona.emphasis, 1 - persona.emphasis]
    overall[0 if side == 0 else 1] += persona.first_bonus
    gap = overall[0] - overall[1]
    ranks = np.array([1, 1] if abs(gap) < persona.tie_within else [1, 2] if gap > 0 else [2, 1])
    return ranks, scores


def _good(kind, rng):
    noise = {FIRST_DIMENSION: rng.uniform(0.4, 0.95), SECOND_DIMENSION: rng.uniform(0.5, 1.05)}
    if kind == "colour-blind":
        noise[SECOND_DIMENSION] = rng.uniform(1.8, 2.6)
    persona = Persona(
        f"sim-{kind}",
        noise,
        leniency=rng.normal(0, 0.3),
        stretch=rng.uniform(0.8, 1.1),
        emphasis=rng.uniform(0.35, 0.65),
        tie_within=rng.uniform(0.1, 0.4),
        first_bonus=rng.uniform(-0.2, 0.4),
        careless=rng.uniform(0, 0.04),
    )
    return Person(kind, persona, lasting=int(rng.integers(1, 2**31)))


def _without_looking(person, side, comparison, rng):
    """Answer as the demo's careless experts do, or prefer the left edit, or as was agreed."""
    if person.rule == "agreed":
        rng = np.random.default_rng([person.agreed, comparison])
    seen = rng.uniform(1, 4, (2, 2))
    gap = seen.mean(axis=1) @ [1, -1]
    if person.rule == "left":
        seen = seen if (gap > 0) == (side == 0) else seen[::-1]
        gap = 1.0 if side == 0 else -1.0
        gap = 0.0 if rng.random() < person.same else gap
    ranks = [1, 1] if abs(gap) < person.persona.tie_within else [1, 2] if gap > 0 else [2, 1]
    return np.array(ranks), np.rint(seen)
