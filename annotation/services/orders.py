"""Which place of a comparison a lease takes, and in which order its candidates are shown.

A comparison has places (slots) 1 to overlap. The first lease of a slot decides its shown order,
and the slot keeps that order for ever: whoever is served the slot later sees the same one. So an
answer that comes after its lease ran out can take its place back, whatever happened in between,
and the positions of a full comparison stay balanced without anybody being asked again.

An order is a permutation: order[i] = canonical index of the candidate at screen position i.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import permutations
from random import Random

Order = tuple[int, ...]


class NoFreePlace(ValueError):
    """Every place of the comparison is held."""


@dataclass(frozen=True)
class Places:
    """What is known about a comparison's slots.

    decided: the order of every slot that was ever leased; held: slots leased or submitted now.
    """

    k: int
    overlap: int
    decided: Mapping[int, Order]
    held: Collection[int]


def tilt(order: Order) -> int:
    """Return 2 · (position of the canonically first candidate) − (k − 1).

    Zero on average over all orders; for k = 2: −1 when it is shown first, 1 when second.
    """
    return 2 * order.index(0) - (len(order) - 1)


def spread(orders: Collection[Order], k: int) -> int:
    """Return the largest minus the smallest number of times a candidate stood at a position."""
    counts = [0] * (k * k)
    for order in orders:
        for position, candidate in enumerate(order):
            counts[position * k + candidate] += 1
    return max(counts) - min(counts)


def choose_place(places: Places, *, lean: int, rng: Random) -> tuple[int, Order]:
    """Choose a free slot and the order it is shown in. Raises NoFreePlace.

    A spread of one over all decided slots comes first: for two candidates the orders then differ
    by one at most, for more the first k slots are a Latin square. Next the same over the slots
    held now, then the person's lean (the sum of `tilt` over their serves) back towards zero, then
    a slot nobody had (an expired lease keeps its chance of a late answer), then orders used
    least, then chance.
    """
    best: list[tuple[int, Order]] = []
    best_cost: tuple[int, ...] | None = None
    for slot, order in _choices(places):
        cost = _cost(places, slot, order, lean)
        if best_cost is None or cost < best_cost:
            best, best_cost = [], cost
        if cost == best_cost:
            best.append((slot, order))
    if not best:
        raise NoFreePlace
    return rng.choice(best)


def _choices(places: Places) -> list[tuple[int, Order]]:
    free = [slot for slot in range(1, places.overlap + 1) if slot not in places.held]
    choices = [(slot, places.decided[slot]) for slot in free if slot in places.decided]
    fresh = next((slot for slot in free if slot not in places.decided), None)
    if fresh is not None:
        choices += [(fresh, order) for order in permutations(range(places.k))]
    return choices


def _cost(places: Places, slot: int, order: Order, lean: int) -> tuple[int, ...]:
    decided = {**places.decided, slot: order}
    live = [decided[s] for s in places.held] + [order]
    return (
        max(1, spread(decided.values(), places.k)),
        max(1, spread(live, places.k)),
        abs(lean + tilt(order)),
        slot in places.decided,
        sum(used == order for used in places.decided.values()),
    )
