"""Labels of EditReward-Bench as ranks, read strictly, and as its published evaluator reads them."""

import re
from itertools import combinations
from typing import NamedTuple

import numpy as np

LETTERS = "ABCDEFGH"
#: Spellings of a tie of two candidates; the kind says what the people thought of both.
TIES = {"A=B": None, "A=B=Good": "good", "A=B=Bad": "bad"}
_PUBLISHED_PAIRS = {"A>B": 1, "B>A": -1, "A<B": -1, "A=B=Good": 0, "A=B=Bad": 0}


class UnreadableLabel(ValueError):
    """A label outside the scheme of its benchmark."""


class PublishedReading(NamedTuple):
    """What the published evaluator makes of a label.

    ranks: (K,), 1 = best, equal = tie; None where it cannot read the label and counts the group as
    wrong. pairs: 1, 0 or -1 for each pair i < j in order.
    """

    ranks: tuple[int, ...] | None
    pairs: tuple[int, ...]


def parse_ranking(label: object, k: int) -> tuple[int, ...]:
    """Return the ranks (K,) that a label states: 1 = best, equal = tie.

    label: letters of the K candidates joined by >, < or =, such as "C>A>B"; each letter once, and
    one direction only. Two candidates may also be "A=B=Good" or "A=B=Bad".
    Raises UnreadableLabel on anything else.
    """
    text = label.strip() if isinstance(label, str) else ""
    if k == 2 and text in TIES:  # noqa: PLR2004 - only pairs may be tied as good or bad
        return (1, 1)
    letters, signs = re.split("[<>=]", text), re.findall("[<>=]", text)
    if sorted(letters) != list(LETTERS[:k]) or {"<", ">"} <= set(signs):
        raise UnreadableLabel(f"{label!r} does not rank the candidates {', '.join(LETTERS[:k])}")
    if "<" in signs:
        letters, signs = letters[::-1], signs[::-1]
    rank, found = 1, {letters[0]: 1}
    for number, (letter, sign) in enumerate(zip(letters[1:], signs, strict=True), start=2):
        rank = rank if sign == "=" else number
        found[letter] = rank
    return tuple(found[letter] for letter in LETTERS[:k])


def outcomes(ranks: tuple[int, ...]) -> tuple[int, ...]:
    """Return for each pair i < j in order: 1 if i is ranked better, 0 for a tie, else -1."""
    return tuple((a < b) - (a > b) for a, b in combinations(ranks, 2))


def published_reading(label: object, k: int) -> PublishedReading:
    """Return how the published evaluator reads a label, its faults included.

    Only "A=B=Good" and "A=B=Bad" are ties. "A>B", "B>A" and "A<B" are understood as such, whatever
    K is. Any other label is the order in which its letters first stand, whatever the signs between
    them; a pair of which a letter is missing counts as a tie. Labels with "=", or without exactly K
    letters, have no ranks.
    """
    text = label if isinstance(label, str) else ""
    first, second = np.triu_indices(k, k=1)
    if text in _PUBLISHED_PAIRS:
        outcome = _PUBLISHED_PAIRS[text]
        of_two = {0: (1, 1), 1: (1, 2), -1: (2, 1)}[outcome]
        pairs = (outcome,) * len(first)
        return PublishedReading(of_two if k == 2 else None, pairs)  # noqa: PLR2004 - a pair
    place = [text.find(letter) for letter in LETTERS[:k]]
    pairs = tuple(
        0 if -1 in (place[i], place[j]) else (place[i] < place[j]) - (place[i] > place[j])
        for i, j in zip(first, second, strict=True)
    )
    letters = text.replace(">", "").replace("<", "")
    whole = "=" not in text and sorted(letters) == list(LETTERS[:k])
    ranks = tuple(letters.index(letter) + 1 for letter in LETTERS[:k]) if whole else None
    return PublishedReading(ranks, pairs)
