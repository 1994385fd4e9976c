"""Labels of EditReward-Bench as ranks, read strictly, and as its published evaluator reads them."""

import re
from itertools import combinations
from typing import NamedTuple

LETTERS = "ABCDEFGH"
#: Spellings of a tie of two candidates; the kind says what the people thought of both.
TIES = {"A=B": None, "A=B=Good": "good", "A=B=Bad": "bad"}


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

    A pair is tied only as "A=B=Good" or "A=B=Bad". Anything else is the order in which letters
    stand, whatever the signs between them ("A<B" of two is reversed); a pair of which a letter is
    missing counts as a tie. Labels that do not name each candidate once, or that contain "=", have
    no ranks.
    """
    text = label.replace(" ", "") if isinstance(label, str) else ""
    if k == 2 and text in ("A=B=Good", "A=B=Bad"):  # noqa: PLR2004 - only pairs have ties
        return PublishedReading((1, 1), (0,))
    letters = [letter for letter in re.findall("[A-H]", text) if letter in LETTERS[:k]]
    if k == 2 and text in ("A<B", "B<A"):  # noqa: PLR2004
        letters.reverse()
    place = {letter: number for number, letter in enumerate(letters, start=1)}
    named = [place.get(letter) for letter in LETTERS[:k]]
    pairs = tuple(
        0 if a is None or b is None else (a < b) - (a > b) for a, b in combinations(named, 2)
    )
    whole = sorted(letters) == list(LETTERS[:k]) and "=" not in text
    ranks = tuple(place[letter] for letter in LETTERS[:k]) if whole else None
    return PublishedReading(ranks, pairs)
