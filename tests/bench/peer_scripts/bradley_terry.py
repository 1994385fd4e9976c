"""Print Bradley-Terry strengths by choix and the seconds they took.

Arrays: winner, loser (n_comparisons,), n_items, runs.
"""

import json
import statistics
import sys
import time

import choix
import numpy as np


def main(path):
    arrays = np.load(path)
    n_items, times = int(arrays["n_items"]), []
    data = list(zip(arrays["winner"].tolist(), arrays["loser"].tolist(), strict=True))
    for _ in range(int(arrays["runs"])):
        start = time.perf_counter()
        strengths = choix.ilsr_pairwise(n_items, data, tol=1e-10)
        times.append(time.perf_counter() - start)
    print(  # noqa: T201  the answer
        json.dumps(
            {
                "seconds": statistics.median(times),
                "strengths": (strengths - strengths.mean()).tolist(),
            }
        )
    )


main(sys.argv[1])
