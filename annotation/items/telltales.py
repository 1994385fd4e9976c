"""Find what tells the generator of an edit without a look at the picture.

Size, aspect and format of a file may reach people or models. The position in the manifest reaches
nobody: it is noted, because a table with one order of generators is easily exported again.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice
from math import sqrt

# A guess must be better than chance by this share, and by this many standard errors of chance.
LEAST_GAIN = 0.10
LEAST_ERRORS = 3.0
# Fewer edits tell too little. More are not looked at: they would cost memory and tell no more.
LEAST_EDITS, MOST_EDITS = 20, 50_000


@dataclass(frozen=True, slots=True)
class Edit:
    """An edit as its file shows it. size, source: (width, height), upright."""

    item: int
    generator: str
    size: tuple[int, int]
    source: tuple[int, int]
    file_format: str
    # Among the edits of its item, in the order of the manifest, from 1.
    position: int = 1


def _size(edit: Edit) -> str:
    return f"{edit.size[0]} × {edit.size[1]} pixels"


def _aspect(edit: Edit) -> str:
    ratio = edit.size[0] * edit.source[1] / (edit.size[1] * edit.source[0])
    if 0.98 < ratio < 1.02:  # noqa: PLR2004 - rounded to multiples of 8 or 16
        return "the shape of their source"
    return "a wider shape than their source" if ratio > 1 else "a narrower shape than their source"


def _format(edit: Edit) -> str:
    return f"the format {edit.file_format}"


def _position(edit: Edit) -> str:
    return f"position {edit.position}"


Features = dict[str, Callable[[Edit], str]]
FEATURES: Features = {"Size": _size, "Aspect": _aspect, "Format": _format}
POSITION: Features = {"Position in the manifest": _position}
HARMLESS = (
    "This does no harm: the manifest is never shown, and the order on the page is drawn anew for "
    "every serve."
)


def telltales(edits: Iterable[Edit]) -> tuple[list[str], list[str]]:
    """Return warnings and notes: a sentence for each property by which generators can be guessed.

    A guess is the generator that most edits of *other* items with the same property have, so that
    one item proves nothing about itself. Its share of right guesses is compared with always
    guessing the most frequent generator.
    """
    rows = list(islice(edits, MOST_EDITS))
    return _found(rows, FEATURES), [f"{text} {HARMLESS}" for text in _found(rows, POSITION)]


def _found(rows: list[Edit], features: Features) -> list[str]:
    if len(rows) < LEAST_EDITS or len({row.generator for row in rows}) < 2:  # noqa: PLR2004
        return []
    by_chance = Counter(row.generator for row in rows).most_common(1)[0][1] / len(rows)
    needed = by_chance + max(
        LEAST_GAIN, LEAST_ERRORS * sqrt(by_chance * (1 - by_chance) / len(rows))
    )
    found = []
    for name, value_of in features.items():
        values = [value_of(row) for row in rows]
        share = _share_right(rows, values)
        if share >= needed:
            found.append(_sentence(name, rows, values, (share, by_chance)))
    return found


def _share_right(rows: list[Edit], values: list[str]) -> float:
    everywhere: dict[str, Counter[str]] = defaultdict(Counter)
    in_item: dict[tuple[int, str], Counter[str]] = defaultdict(Counter)
    for row, value in zip(rows, values, strict=True):
        everywhere[value][row.generator] += 1
        in_item[row.item, value][row.generator] += 1
    right = 0
    for (_, value), own in in_item.items():
        others = everywhere[value] - own
        # Ties are decided by name, which does not depend on the item.
        guess = min(others, key=lambda name: (-others[name], name), default="")
        right += own[guess]
    return right / len(rows)


def _sentence(name: str, rows: list[Edit], values: list[str], shares: tuple[float, float]) -> str:
    """Return the shares and the most telling value as an example."""
    cells = Counter(zip(values, (row.generator for row in rows), strict=True))
    totals = Counter(values)
    (value, generator), n = max(
        cells.items(), key=lambda cell: (cell[1] ** 2 / totals[cell[0][0]], cell[0])
    )
    return (
        f"{name} tells the generator: a guess by it is right for {shares[0]:.0%} of {len(rows)} "
        f"edits, {shares[1]:.0%} by chance. {n} of {totals[value]} edits of {value} are by "
        f"{generator}."
    )
