"""Who judges what: each slot gets a person, everybody's shown orders stay balanced."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from annotation.models import Campaign, Lane
from demo.bulk.work import LANES, NONE, Work

# Of so many people whose turn it is next, the one whose orders the slot balances best gets it.
LOOK_AHEAD = 8
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
    deck = _Deck(n_people, rng)
    orders = _orders(slots)
    lanes = slots.lane.tolist()
    for rows in _by_comparison(slots, rng):
        taken: set[int] = set()
        for row in rows[:n_people]:
            if len(shares.person) == n:
                break
            person = deck.draw(shares.bias, offset(orders[row]), taken)
            taken.add(person)
            shares.add(
                person=person,
                row=row,
                shown=orders[row],
                lane=lanes[row],
                position=float(len(given[person])),
            )
            given[person].append(row)
    _add_golds(shares, golds, extras.golds, given, rng)
    _add_repeats(shares, orders, extras, given)
    return shares


def _orders(work: Work) -> list[Sequence[int]]:
    known: dict[tuple[int, ...], tuple[int, ...]] = {}
    found: list[Sequence[int]] = []
    for shown in work.shown.tolist():
        order = tuple(at for at in shown if at != NONE)
        found.append(known.setdefault(order, order))
    return found


def _by_comparison(slots: Work, rng: np.random.Generator) -> Iterator[range]:
    """Yield the rows of each comparison, the comparisons in random order."""
    starts = np.flatnonzero(np.diff(slots.comparison, prepend=NONE))
    ends = np.append(starts[1:], len(slots))
    for index in rng.permutation(len(starts)).tolist():
        yield range(int(starts[index]), int(ends[index]))


class _Deck:
    """People in turn, so that all get equally many answers and meet in ever other groups."""

    def __init__(self, n_people: int, rng: np.random.Generator) -> None:
        self._n, self._rng = n_people, rng
        self._left: list[int] = []

    def draw(self, bias: Sequence[int], added: int, taken: set[int]) -> int:
        """Take out the person of the next few whose bias is best with `added`."""
        while True:
            if len(self._left) < LOOK_AHEAD + len(taken):
                self._left = self._rng.permutation(self._n).tolist() + self._left
            near = range(len(self._left) - 1, -1, -1)
            found: list[int] = []
            for at in near:
                if self._left[at] not in taken:
                    found.append(at)
                    if len(found) == LOOK_AHEAD:
                        break
            best = min(found, key=lambda at: abs(bias[self._left[at]] + added))
            return self._left.pop(best)


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
