"""Cost of Bradley-Terry, ours beside choix: `python -m tests.bench.ranking`."""

import numpy as np

from annotation.stats.ranking import bootstrap_ranking, bradley_terry
from tests.bench.peers import run_peer
from tests.bench.report import median_seconds, write_report

N_VOTES, N_ITEMS, PER_SOURCE = 100_000, 20, 18
RUNS = 5


def votes(seed=0):
    """Return winner, loser and source (n_votes,) of items whose strengths lie 0.1 apart."""
    rng = np.random.default_rng(seed)
    first = rng.integers(N_ITEMS, size=N_VOTES)
    second = (first + rng.integers(1, N_ITEMS, size=N_VOTES)) % N_ITEMS
    gap = (first - second) * 0.1
    won = rng.random(N_VOTES) < 1 / (1 + np.exp(-gap))
    source = np.arange(N_VOTES) // PER_SOURCE
    return np.where(won, first, second), np.where(won, second, first), source


def main():
    winner, loser, source = votes()
    ours = bradley_terry(winner, loser, N_ITEMS)
    peer = run_peer(
        "bradley_terry",
        {
            "winner": winner,
            "loser": loser,
            "n_items": np.array(N_ITEMS),
            "runs": np.array(RUNS),
        },
    )
    won = np.ones(N_VOTES, dtype=int)
    seconds = median_seconds(lambda: bradley_terry(winner, loser, N_ITEMS), runs=RUNS)
    figures = {
        "seconds": seconds,
        "choix_seconds": peer["seconds"],
        "choix_over_ours": peer["seconds"] / seconds,
        "largest_difference": float(np.abs(ours.strengths - peer["strengths"]).max()),
        "bootstrap_by_source_s": median_seconds(
            lambda: bootstrap_ranking(
                winner, loser, won, N_ITEMS, model="bradley_terry", clusters=source
            ),
            runs=1,
        ),
    }
    path = write_report(
        "ranking",
        figures,
        sizes={
            "n_votes": N_VOTES,
            "n_items": N_ITEMS,
            "n_sources": int(source.max()) + 1,
            "n_replicates": 2000,
            "runs": RUNS,
        },
        packages=("numpy", "scipy"),
    )
    print(path.read_text())  # noqa: T201  the command's answer


if __name__ == "__main__":
    main()
