"""Who judges what: each slot gets a person, everybody's shown orders stay balanced."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from annotation.models import Campaign, Lane
from demo.bulk.work import LANES, NONE, IntArray, Work

SERVES_OF_A_PLAN = 50


@dataclass(frozen=True)
class Extras:
    """How many golds and repeats each person answers beside the counting comparisons."""

    golds: int
    repeats: int
    repeats_after: int


@dataclass
class Shares:
    """Answers to give, in the order of each person's work. All lists have one entry an answer.

    person: index of the person; row: of the free slots, or of the golds where is_gold; shown: the
    order; lane: index into LANES; bias: by person, the sum of their order offsets.
    """

    bias: list[int]
    person: list[int] = field(default_factory=list)
    row: list[int] = field(default_factory=list)
    is_gold: list[bool] = field(default_factory=list)
    shown: list[Sequence[int]] = field(default_factory=list)
    lane: list[int] = field(default_factory=list)
    position: list[float] = field(default_factory=list)

    def add(  # noqa: PLR0913 - the parts of one answer, all by keyword
        self,
        *,
        person: int,
        row: int,
        shown: Sequence[int],
        lane: int,
        position: float,
        is_gold: bool = False,
    ) -> None:
        self.person.append(person)
        self.row.append(row)
        self.is_gold.append(is_gold)
        self.shown.append(shown)
        self.lane.append(lane)
        self.position.append(position)
        self.bias[person] += offset(shown)


def offset(shown: Sequence[int]) -> int:
    """Return the position of the canonically first candidate from the middle, times two."""
    return 2 * shown.index(0) - (len(shown) - 1)


def extras_of(campaign: Campaign, *, n_golds: int, n_each: int) -> Extras:
    """Return the golds and repeats of a person who answers `n_each`, by the campaign's settings."""
    of_golds = campaign.lane_plan.count(Lane.GOLD) * n_each // SERVES_OF_A_PLAN
    repeats = n_each * campaign.repeat_percent // 100
    after = campaign.repeat_after_serves
    return Extras(min(n_golds, of_golds), repeats if n_each - repeats > after else 0, after)


def share_out(  # noqa: PLR0913 - what is shared by position, how by keyword
    slots: Work, golds: Work, extras: Extras, *, n_people: int, n: int, rng: np.random.Generator
) -> Shares:
    """Give `n` slots to people, nobody two of one comparison, and everybody golds and repeats.

    Fewer where fewer are free, or where a comparison has more free slots than there are people.
    """
    shares = Shares([0] * n_people)
    given: list[list[int]] = [[] for _ in range(n_people)]
    orders = _orders(slots)
    lanes = slots.lane.tolist()
    for person, row in zip(*_dealt(slots, n_people, n, rng), strict=True):
        own = given[person]
        shares.add(
            person=person,
            row=row,
            shown=orders[row],
            lane=lanes[row],
            position=float(len(own)),
        )
        own.append(row)
    _add_golds(shares, golds, extras.golds, given, rng)
    _add_repeats(shares, orders, extras, given)
    return shares


def _dealt(
    slots: Work, n_people: int, n: int, rng: np.random.Generator
) -> tuple[list[int], list[int]]:
    """Return persons and rows of slots, in rounds in which nobody gets two slots.

    A round holds whole comparisons. The person whose orders lie furthest to one side gets the slot
    that lies furthest to the other.
    """
    offsets = 2 * (slots.shown == 0).argmax(axis=1) - (slots.k - 1)
    bias, served = np.zeros(n_people, dtype=np.int64), np.zeros(n_people, dtype=np.int64)
    persons: list[IntArray] = []
    rows: list[IntArray] = []
    for dealt in _rounds(slots, n_people, n, rng):
        # Who has least so far, in random order among equals.
        people = rng.permutation(n_people)
        people = people[np.argsort(served[people], kind="stable")][: len(dealt)]
        people = people[np.argsort(-bias[people], kind="stable")]
        own = dealt[np.argsort(offsets[dealt], kind="stable")]
        bias[people] += offsets[own]
        served[people] += 1
        persons.append(people)
        rows.append(own)
    return np.concatenate(persons).tolist(), np.concatenate(rows).tolist()


def _rounds(slots: Work, n_people: int, n: int, rng: np.random.Generator) -> Iterator[IntArray]:
    """Yield rows of whole comparisons, in random order, at most a slot a person and `n` in all."""
    starts = np.flatnonzero(np.diff(slots.comparison, prepend=NONE))
    sizes = np.minimum(np.diff(np.append(starts, len(slots))), n_people)
    order = rng.permutation(len(starts))
    block: list[IntArray] = []
    size, left = 0, n
    for start, wanted in zip(starts[order].tolist(), sizes[order].tolist(), strict=True):
        taken = min(wanted, left)
        if size + taken > n_people or not taken:
            yield rng.permutation(np.concatenate(block))
            block, size = [], 0
        if not taken:
            return
        block.append(np.arange(start, start + taken))
        size, left = size + taken, left - taken
    if block:
        yield rng.permutation(np.concatenate(block))


def _orders(work: Work) -> list[Sequence[int]]:
    known: dict[tuple[int, ...], tuple[int, ...]] = {}
    found: list[Sequence[int]] = []
    for shown in work.shown.tolist():
        order = tuple(at for at in shown if at != NONE)
        found.append(known.setdefault(order, order))
    return found


def _add_golds(
    shares: Shares,
    golds: Work,
    n_each: int,
    given: Sequence[Sequence[int]],
    rng: np.random.Generator,
) -> None:
    orders = _orders(golds)
    lane = LANES.index(Lane.GOLD)
    for person, own in enumerate(given):
        for row in rng.permutation(len(golds))[:n_each].tolist():
            shown = _balancing(orders[row], shares.bias[person])
            shares.add(
                person=person,
                row=row,
                shown=shown,
                lane=lane,
                position=float(rng.random() * len(own)),
                is_gold=True,
            )


def _add_repeats(
    shares: Shares,
    orders: Sequence[Sequence[int]],
    extras: Extras,
    given: Sequence[Sequence[int]],
) -> None:
    lane = LANES.index(Lane.REPEAT)
    for person, own in enumerate(given):
        early = own[: max(0, len(own) - extras.repeats_after)]
        step = max(1, len(early) // max(1, extras.repeats))
        for first, row in list(enumerate(early))[::step][: extras.repeats]:
            shares.add(
                person=person,
                row=row,
                shown=_balancing(orders[row], shares.bias[person]),
                lane=lane,
                position=first + extras.repeats_after + 0.5,
            )


def _balancing(shown: Sequence[int], bias: int) -> Sequence[int]:
    """Return the order or its reverse, whichever reduces the bias."""
    turned = shown[::-1]
    return min(shown, turned, key=lambda order: abs(bias + offset(order)))
