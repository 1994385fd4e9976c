"""Print what crowd-kit's Dawid-Skene makes of labels, and the seconds it took.

Arrays: unit, rater, label (n_labels,), iterations (how many steps of EM), runs.
"""

import json
import statistics
import sys
import time

import numpy as np
import pandas as pd
from crowdkit.aggregation import DawidSkene


def main(path):
    arrays = np.load(path)
    frame = pd.DataFrame(
        {"task": arrays["unit"], "worker": arrays["rater"], "label": arrays["label"]}
    )
    steps, times = int(arrays["iterations"]), []
    for _ in range(int(arrays["runs"])):
        # tol below any growth of the likelihood: exactly this many steps.
        model = DawidSkene(n_iter=steps, tol=-1.0)
        start = time.perf_counter()
        model.fit(frame)
        times.append(time.perf_counter() - start)
    chances = model.probas_.sort_index().sort_index(axis=1)
    answer = {
        "seconds": statistics.median(times),
        "steps": len(model.loss_history_),
        "labels": chances.to_numpy().argmax(axis=1).tolist(),
        "prevalence": model.priors_.sort_index().tolist(),
    }
    print(json.dumps(answer))  # noqa: T201  the answer


main(sys.argv[1])
