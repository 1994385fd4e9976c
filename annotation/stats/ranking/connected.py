"""Whether votes rank all items: the groups that no vote ranks above or below each other."""

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse
from scipy.optimize import linprog
from scipy.sparse.csgraph import connected_components

from annotation.stats.bootstrap import FloatArray, IntArray
from annotation.stats.ranking.errors import Unbounded
from annotation.stats.ranking.votes import PairTable, checked_items, checked_n_items

Groups = tuple[tuple[int, ...], ...]

WIN, TIE, LOSS = 0, 1, 2
INFEASIBLE = 2  # linprog's status
SHOWN = 8  # so many items of a group are named in a message


def win_components(winner: ArrayLike, loser: ArrayLike, n_items: int) -> Groups:
    """Return the strongly connected components of the win graph, best first.

    winner, loser: (n_comparisons,) item indices. Within a component every item beats every other
    at least through a chain of wins; no item ever beats one of an earlier component. Components
    that no chain of wins connects are in the order of their smallest item.
    Raises ValueError on items outside 0 to n_items - 1.
    Source: Ford (1957), American Mathematical Monthly 64(8), 28-33.
    """
    n_items = checked_n_items(n_items)
    above, below = checked_items(winner, n_items, "winner"), checked_items(loser, n_items, "loser")
    if len(above) != len(below):
        raise ValueError(f"winner has {len(above)} comparisons, loser {len(below)}")
    return components(above, below, n_items)


def components(above: IntArray, below: IntArray, n_items: int) -> Groups:
    """As win_components, of checked edges."""
    n_groups, label = _strong(above, below, n_items)
    if n_groups == 1:
        return (tuple(range(n_items)),)
    members: list[list[int]] = [[] for _ in range(n_groups)]
    for item, group in enumerate(label.tolist()):
        members[group].append(item)
    edges = {(a, b) for a, b in zip(label[above].tolist(), label[below].tolist(), strict=True)}
    beaten_by: list[set[int]] = [set() for _ in range(n_groups)]
    for a, b in edges:
        if a != b:
            beaten_by[b].add(a)
    ordered: list[tuple[int, ...]] = []
    left = sorted(range(n_groups), key=lambda group: members[group][0])
    done: set[int] = set()
    while left:
        best = next(group for group in left if beaten_by[group] <= done)
        ordered.append(tuple(members[best]))
        done.add(best)
        left.remove(best)
    return tuple(ordered)


def require_connected(above: IntArray, below: IntArray, n_items: int, *, verb: str) -> None:
    """Raise Unbounded, naming the groups, unless chains of wins lead from every item to all."""
    if _strong(above, below, n_items)[0] == 1:
        return
    groups = components(above, below, n_items)
    label = np.empty(n_items, dtype=np.int64)
    for number, group in enumerate(groups):
        label[list(group)] = number
    # The smallest such group is the easiest to act on.
    for number, group in sorted(enumerate(groups), key=lambda pair: len(pair[1])):
        others = (label[above] == number) ^ (label[below] == number)
        if not others.any():
            what = f"{_named(group)} met no other item"
            raise Unbounded(f"{what}: there is no common scale", groups)
    raise Unbounded(
        f"{_named(groups[0])} {verb} to any other item: "
        "the likelihood rises for ever as the strengths move apart",
        groups,
    )


def require_bounded(table: PairTable, *, position: bool) -> None:
    """Raise Unbounded unless a likelihood of the table has a finite, unique maximum.

    With ties (counts[:, 1] not all zero) the tie parameter must be finite too.
    Source: Ford (1957); Davidson (1970), JASA 65, 317-328; the general condition is that no
    direction of recession exists, Rockafellar (1970), theorem 27.1.
    """
    won, tied, lost = (table.counts > 0).T
    ties = bool(tied.any())
    up, down = won | tied, lost | tied
    above = np.concatenate([table.i[up], table.j[down]])
    below = np.concatenate([table.j[up], table.i[down]])
    verb = "never lost or tied" if ties else "never lost"
    require_connected(above, below, table.n_items, verb=verb)
    if (not position and not ties) or _pinned(table, position=position):
        return
    # The direction of the tie parameter alone, then with the position effect up and down.
    if ties and _recedes(table, effect=0.0, spread=1.0):
        raise Unbounded(
            "wins never contradict each other, so that strengths and tie parameter grow together"
        )
    if position and any(_recedes(table, effect=sign, spread=None) for sign in (1.0, -1.0)):
        raise Unbounded(
            "the position effect has no finite, unique maximum: no comparison contradicts an "
            "ever larger one, with strengths to match"
        )


def _strong(above: IntArray, below: IntArray, n_items: int) -> tuple[int, IntArray]:
    graph = sparse.csr_array((np.ones(len(above)), (above, below)), shape=(n_items, n_items))
    n_groups, label = connected_components(graph, directed=True, connection="strong")
    return int(n_groups), label


def _pinned(table: PairTable, *, position: bool) -> bool:
    """Whether pairs of opposite wins alone rule out every direction; cheap, not exhaustive."""
    won, lost = table.counts[:, WIN] > 0, table.counts[:, LOSS] > 0
    if not position:
        return bool((won & lost).any())
    pair = table.i * table.n_items + table.j
    _, pair = np.unique(pair, return_inverse=True)
    n_pairs = int(pair.max()) + 1
    most, least = np.full((2, n_pairs), -2), np.full((2, n_pairs), 2)
    for side, seen in enumerate((won, lost)):
        np.maximum.at(most[side], pair[seen], table.order[seen])
        np.minimum.at(least[side], pair[seen], table.order[seen])
    both = (most[0] > -2) & (most[1] > -2)  # noqa: PLR2004 - the mark of none
    up, down = most[1] > least[0], least[1] < most[0]
    return bool((both & up).any() and (both & down).any())


def _recedes(table: PairTable, *, effect: float, spread: float | None) -> bool:
    """Whether strengths exist whose gaps, with this effect and tie spread, deny no vote.

    spread: half the width of a tie, at least 0 when left open.
    """
    n_rows = len(table.i)
    rows = np.tile(np.arange(n_rows), 2)
    gap = sparse.csr_array(
        (np.repeat([1.0, -1.0], n_rows), (rows, np.concatenate([table.i, table.j]))),
        shape=(n_rows, table.n_items),
    )
    shift = effect * table.order
    won, tied, lost = (table.counts > 0).T
    blocks = [(gap[won], shift[won], -1.0), (-gap[lost], -shift[lost], -1.0)]
    blocks += [(gap[tied], shift[tied], 1.0), (-gap[tied], -shift[tied], 1.0)]
    # Each block says gap + shift + sign * spread >= 0.
    matrix = sparse.vstack(
        [sparse.hstack([-g, sparse.csr_array(-np.full((g.shape[0], 1), s))]) for g, _, s in blocks]
    )
    bound = np.concatenate([s for _, s, _ in blocks])
    return _feasible(sparse.csr_array(matrix), bound, table.n_items, spread)


def _feasible(
    matrix: sparse.csr_array, bound: FloatArray, n_items: int, spread: float | None
) -> bool:
    widths = (0.0, None) if spread is None else (spread, spread)
    bounds = [(0.0, 0.0)] + [(None, None)] * (n_items - 1) + [widths]
    found = linprog(np.zeros(n_items + 1), A_ub=matrix, b_ub=bound, bounds=bounds, method="highs")
    if found.status not in (0, INFEASIBLE):
        raise ArithmeticError(f"the check of the votes failed: {found.message}")
    return bool(found.status == 0)


def _named(group: tuple[int, ...]) -> str:
    names = ", ".join(map(str, group[:SHOWN]))
    more = f" and {len(group) - SHOWN} more" if len(group) > SHOWN else ""
    return f"item{'s' * (len(group) > 1)} {names}{more}"
