"""Cost of Dawid-Skene, ours beside crowd-kit's: `python -m tests.bench.dawid_skene`."""

import numpy as np

from annotation.stats.annotators import dawid_skene
from tests.bench.peers import run_peer
from tests.bench.report import median_seconds, write_report

N_LABELS, N_CLASSES, N_RATERS, N_UNITS = 100_000, 5, 500, 20_000
TOLERANCE = 1e-6
RUNS = 5
PEER_RUNS = 3


def labels(seed=0):
    """Return unit, rater, label (n_labels,): five labels a unit, raters from poor to good."""
    rng = np.random.default_rng(seed)
    truth = rng.choice(N_CLASSES, N_UNITS, p=[0.35, 0.25, 0.2, 0.12, 0.08])
    unit = np.repeat(np.arange(N_UNITS), N_LABELS // N_UNITS)
    rater = rng.integers(N_RATERS, size=N_LABELS)
    right = rng.random(N_LABELS) < rng.beta(6, 3, N_RATERS)[rater]
    return unit, rater, np.where(right, truth[unit], rng.integers(N_CLASSES, size=N_LABELS))


def steps_of(unit, rater, label):
    """Return how many steps of EM reach the tolerance: the fewest after which it has converged."""
    low, high = 1, 1000
    while low < high:
        middle = (low + high) // 2
        found = dawid_skene(
            unit, rater, label, N_CLASSES, tolerance=TOLERANCE, max_iterations=middle
        )
        low, high = (low, middle) if found.converged else (middle + 1, high)
    return low


def main():
    unit, rater, label = labels()
    ours = dawid_skene(unit, rater, label, N_CLASSES, tolerance=TOLERANCE)
    steps = steps_of(unit, rater, label)
    seconds = median_seconds(
        lambda: dawid_skene(unit, rater, label, N_CLASSES, tolerance=TOLERANCE), runs=RUNS
    )
    peer = run_peer(
        "dawid_skene",
        {
            "unit": unit,
            "rater": rater,
            "label": label,
            "iterations": np.array(steps),
            "runs": np.array(PEER_RUNS),
        },
    )
    figures = {
        "seconds": seconds,
        "crowdkit_seconds": peer["seconds"],
        "crowdkit_over_ours": peer["seconds"] / seconds,
        "steps": steps,
        "crowdkit_steps": peer["steps"],
        # Not timings: the same number of steps must lead to the same answer.
        "same_class": float(np.mean(ours.posteriors.argmax(axis=1) == peer["labels"])),
        "prevalence": ours.prevalence.tolist(),
        "crowdkit_prevalence": peer["prevalence"],
    }
    path = write_report(
        "dawid_skene",
        figures,
        sizes={
            "n_labels": N_LABELS,
            "n_units": N_UNITS,
            "n_classes": N_CLASSES,
            "n_raters": N_RATERS,
            "relative_tolerance": TOLERANCE,
            "runs": RUNS,
            "crowdkit_runs": PEER_RUNS,
        },
        packages=("numpy", "scipy"),
    )
    print(path.read_text())  # noqa: T201  the command's answer


if __name__ == "__main__":
    main()
