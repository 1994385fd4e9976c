"""Votes on pairs for the tests of rankings."""

import csv

import numpy as np

# Ties of facts known to the last digit: i wins, j wins, tie for the pairs 0-1, 1-2, 0-2.
THREE = {(0, 1): (10, 5, 3), (1, 2): (8, 6, 4), (0, 2): (12, 3, 2)}


def spelled(tallies):
    """Return i, j, outcome of {(i, j): (i wins, j wins, ties)}, one entry for each vote."""
    rows = [
        (i, j, outcome)
        for (i, j), counts in tallies.items()
        for outcome, count in zip((1, -1, 0), counts, strict=True)
        for _ in range(count)
    ]
    return np.array(rows).T


def simulated(n_items=6, n_votes=400, *, seed=0, tie=0.5, effect=0.0):
    """Return i, j, outcome, first_shown of votes on normal strengths, orders by chance."""
    rng = np.random.default_rng(seed)
    strengths = rng.normal(0, 0.6, n_items)
    i = rng.integers(n_items, size=n_votes)
    j = (i + rng.integers(1, n_items, size=n_votes)) % n_items
    first = np.where(rng.random(n_votes) < 0.5, i, j)
    seen = strengths[i] - strengths[j] + np.where(first == i, effect, -effect)
    seen = seen + rng.logistic(size=n_votes)
    return i, j, np.where(seen > tie, 1, np.where(seen < -tie, -1, 0)), first


def baseball(reference_data):
    """Return teams, winner, loser, home team and counts of a season."""
    path = reference_data / "data" / "bradley_terry" / "baseball_1987_AL_east.csv"
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    teams = sorted({row["home"] for row in rows})
    home = np.array([teams.index(row["home"]) for row in rows])
    away = np.array([teams.index(row["away"]) for row in rows])
    counts = np.array([[int(row["home_wins"]), int(row["away_wins"])] for row in rows])
    winner, loser = np.stack([home, away], axis=1), np.stack([away, home], axis=1)
    return teams, winner.ravel(), loser.ravel(), np.repeat(home, 2), counts.ravel()


def pudding(reference_data):
    """Return i, j, outcome of the tasting of six puddings."""
    path = reference_data / "data" / "bradley_terry" / "davidson1970_pudding.csv"
    with path.open(newline="") as file:
        rows = [{name: int(cell) for name, cell in row.items()} for row in csv.DictReader(file)]
    return spelled(
        {(row["i"] - 1, row["j"] - 1): (row["w_ij"], row["w_ji"], row["t_ij"]) for row in rows}
    )
