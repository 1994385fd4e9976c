"""Published tables with the alpha that their authors print, and alpha by its definition."""

from fractions import Fraction
from itertools import permutations

import numpy as np

LEVELS = ("nominal", "ordinal", "interval", "ratio")


def table(*rows):
    """Return ratings from rows of text, * = missing, letters as numbers."""
    number = {"*": np.nan} | {letter: ord(letter) for letter in "abcde"}
    return np.array([[number.get(x) or float(x) for x in row.split()] for row in rows])


# Krippendorff (2011), Computing Krippendorff's Alpha-Reliability: data sets A, B and C.
KRIPPENDORFF_A = table("0 1 0 0 0 0 0 0 1 0", "1 1 1 0 0 1 0 0 0 0")
KRIPPENDORFF_B = table("a a b b d c c c e d d a", "b a b b b c c c e d d d")
KRIPPENDORFF_C = table(
    "1 2 3 3 2 1 4 1 2 * * *",
    "1 2 3 3 2 2 4 1 2 5 * 3",
    "* 3 3 3 2 3 4 2 2 5 1 *",
    "1 2 3 3 2 4 4 1 2 5 1 *",
)
# Wikipedia, "Krippendorff's alpha", computational example.
WIKIPEDIA = table(
    "* * * * * 3 4 1 2 1 1 3 3 * 3",
    "1 * 2 1 3 3 4 3 * * * * * * *",
    "* * 2 1 3 4 4 * 2 1 1 3 3 * 4",
)


def from_counts(counts):
    """Return ratings (n_raters, n_units) with these votes per unit and category, 1 upwards."""
    units = [np.repeat(np.arange(1, len(row) + 1), row) for row in counts]
    ratings = np.full((max(map(len, units)), len(units)), np.nan)
    for column, votes in enumerate(units):
        ratings[: len(votes), column] = votes
    return ratings


def from_table(table):
    """Return the votes of two raters, (2, n_units), whose table this is; categories 1 upwards."""
    rows = [
        (i, j) for i, row in enumerate(table, 1) for j, n in enumerate(row, 1) for _ in range(n)
    ]
    return np.array(rows, dtype=float).T


def alpha_by_definition(ratings, level):
    """Return 1 - D_o / D_e over all ordered pairs of votes, in exact fractions; None if 0 / 0."""
    units = [
        [Fraction(float(x)) for x in column if not np.isnan(x)] for column in np.asarray(ratings).T
    ]
    units = [votes for votes in units if len(votes) > 1]
    votes = [vote for unit in units for vote in unit]
    distance = _distance(level, votes)
    observed = sum(
        Fraction(distance(a, b), len(unit) - 1) for unit in units for a, b in permutations(unit, 2)
    )
    expected = sum(Fraction(distance(a, b)) for a, b in permutations(votes, 2))
    return None if not expected else float(1 - (len(votes) - 1) * observed / expected)


def alpha_by_matrix(ratings, level):
    """Return alpha from one full coincidence matrix, in floats, NaN = missing.

    For tables too large for `alpha_by_definition`.
    """
    ratings = np.asarray(ratings)
    values = np.unique(ratings[~np.isnan(ratings)])
    counts = (ratings.T[:, :, None] == values).sum(axis=1).astype(float)
    counts = counts[counts.sum(axis=1) > 1]
    weighted = counts / (counts.sum(axis=1, keepdims=True) - 1)
    met = counts.T @ weighted - np.diag(weighted.sum(axis=0))
    number = met.sum(axis=1)
    place = np.cumsum(number) - number / 2
    total = values[:, None] + values
    distance = {
        "nominal": 1 - np.eye(len(values)),
        "ordinal": (place[:, None] - place) ** 2,
        "interval": (values[:, None] - values) ** 2,
        "ratio": ((values[:, None] - values) / np.where(total, total, 1)) ** 2,
    }[level]
    expected = (np.outer(number, number) * distance).sum()
    return 1 - (number.sum() - 1) * (met * distance).sum() / expected


def _distance(level, votes):
    def ordinal(a, b):
        low, high = min(a, b), max(a, b)
        between = sum(low <= vote <= high for vote in votes)
        return (between - Fraction(votes.count(a) + votes.count(b), 2)) ** 2 if a != b else 0

    return {
        "nominal": lambda a, b: int(a != b),
        "ordinal": ordinal,
        "interval": lambda a, b: (a - b) ** 2,
        "ratio": lambda a, b: Fraction(a - b, a + b) ** 2 if a + b else 0,
    }[level]
