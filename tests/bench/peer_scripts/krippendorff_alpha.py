"""Print alpha of ratings (n_raters, n_units) at each asked level, and the seconds it took.

Arrays: ratings, levels (names), runs (how many timed runs; the median counts).
"""

import json
import statistics
import sys
import time

import krippendorff
import numpy as np


def main(path):
    arrays = np.load(path)
    ratings, runs = arrays["ratings"], int(arrays["runs"])
    answer = {}
    for level in arrays["levels"].tolist():
        times = []
        for _ in range(runs):
            start = time.perf_counter()
            value = krippendorff.alpha(reliability_data=ratings, level_of_measurement=level)
            times.append(time.perf_counter() - start)
        answer[level] = {"alpha": float(value), "seconds": statistics.median(times)}
    print(json.dumps(answer))  # noqa: T201  the answer


main(sys.argv[1])
