"""Cost of alpha with its interval: `python -m tests.bench.agreement`."""

import numpy as np

from annotation.stats.agreement import bootstrap_alpha, krippendorff_alpha
from tests.bench.peers import run_peer
from tests.bench.report import median_seconds, write_report

N_UNITS, N_RATERS, N_REPLICATES = 100_000, 3, 2000
# Every pair of four candidates: six comparisons on one source image.
PER_SOURCE = 6
RUNS = 5


def votes(seed=0):
    """Return ratings 1 to 4 on one latent quality per unit, (n_raters, n_units), and sources."""
    rng = np.random.default_rng(seed)
    sources = np.arange(N_UNITS) // PER_SOURCE
    quality = 2.5 + rng.normal(0, 0.5, sources.max() + 1)[sources] + rng.normal(0, 0.7, N_UNITS)
    noise = rng.normal(0, 0.7, (N_RATERS, N_UNITS))
    return np.clip(np.round(quality + noise), 1, 4), sources


def naive(ratings, *, seed=0):
    """Resample units one by one and count the coincidences of each replicate from its votes."""
    rng = np.random.default_rng(seed)
    counts = (ratings.T[:, :, None] == np.arange(1, 5)).sum(axis=1).astype(float)
    alphas = [
        ordinal_alpha(counts[rng.integers(N_UNITS, size=N_UNITS)]) for _ in range(N_REPLICATES)
    ]
    return ordinal_alpha(counts), *np.quantile(alphas, [0.025, 0.975])


def ordinal_alpha(counts):
    """Return ordinal alpha of complete votes, counts (n_units, n_values)."""
    met = (counts.T @ counts - np.diag(counts.sum(axis=0))) / (N_RATERS - 1)
    number = met.sum(axis=1)
    ranks = np.cumsum(number) - number / 2
    distance = (ranks[:, None] - ranks) ** 2
    expected = (np.outer(number, number) * distance).sum()
    return 1 - (number.sum() - 1) * (met * distance).sum() / expected


def _peer(ratings):
    """Return what the package krippendorff makes of the same votes, and the seconds it took."""
    given = {"ratings": ratings, "levels": np.array(["ordinal"]), "runs": np.array(RUNS)}
    found = run_peer("krippendorff_alpha", given)["ordinal"]
    return {"krippendorff_s": found["seconds"], "krippendorff_alpha": found["alpha"]}


def main():
    ratings, sources = votes()
    by_unit = bootstrap_alpha(ratings, "ordinal", n_replicates=N_REPLICATES)
    by_source = bootstrap_alpha(ratings, "ordinal", clusters=sources, n_replicates=N_REPLICATES)
    unclustered = naive(ratings)
    figures = {
        "by_unit_s": median_seconds(
            lambda: bootstrap_alpha(ratings, "ordinal", n_replicates=N_REPLICATES), runs=RUNS
        ),
        "by_source_s": median_seconds(
            lambda: bootstrap_alpha(
                ratings, "ordinal", clusters=sources, n_replicates=N_REPLICATES
            ),
            runs=RUNS,
        ),
        "naive_s": median_seconds(lambda: naive(ratings), runs=RUNS),
    }
    figures["alpha_s"] = median_seconds(lambda: krippendorff_alpha(ratings, "ordinal"), runs=RUNS)
    figures |= _peer(ratings)
    figures["naive_over_by_unit"] = figures["naive_s"] / figures["by_unit_s"]
    # Not timings: the two ways must tell the same, and what the sources add is worth knowing.
    figures["by_unit"] = by_unit[:3]
    figures["by_source"] = by_source[:3]
    figures["naive"] = [float(value) for value in unclustered]
    path = write_report(
        "agreement",
        figures,
        sizes={
            "n_units": N_UNITS,
            "n_raters": N_RATERS,
            "n_sources": int(sources.max()) + 1,
            "n_replicates": N_REPLICATES,
            "runs": RUNS,
        },
        packages=("numpy", "scipy"),
    )
    print(path.read_text())  # noqa: T201  the command's answer


if __name__ == "__main__":
    main()
