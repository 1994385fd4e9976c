"""What every run reports beside its accuracy: controls, human ceiling, calibration."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotation.snapshots.format.snapshot import Snapshot
from rewardsvc.core.clustered import DIFFERENCE, clustered_estimate
from rewardsvc.core.data.pairs import Pairs
from rewardsvc.core.data.preferences import PreferenceData
from rewardsvc.core.data.triples import Triple
from rewardsvc.core.errors import TrainingError
from rewardsvc.core.evaluation import controls
from rewardsvc.core.evaluation.agreement import leave_one_out_agreement
from rewardsvc.core.evaluation.calibration import (
    fit_temperature,
    fit_tie_threshold,
    log_loss,
    probabilities,
    reliability,
)
from rewardsvc.core.pair_metrics import gap_correct
from rewardsvc.core.predict import Predictions, predict

UNMODIFIED, SHUFFLED, SWAPPED = "reward model", "shuffled instructions", "swapped sources"
NO_EDIT, GENERATOR, PIXELS = "no-op edit", "generator mean", "pixel difference"
HUMANS = "one annotator against the others"

Floats = NDArray[np.float64]
#: A model and the sources that it may predict: those it was not trained on.
Part = tuple[Any, Sequence[str]]
Views = dict[str, Predictions]


def predict_views(
    data: PreferenceData, images: Any, parts: Sequence[Part], *, seed: int = 0
) -> Views:
    """Return the rewards of the unmodified triples and of those altered by each control.

    Every model predicts the sources that it was not trained on.
    """
    views: dict[str, Sequence[Triple]] = {UNMODIFIED: data.triples, NO_EDIT: _unedited(data)}
    with suppress(TrainingError):  # swapping needs two sources
        views |= controls.views(data, seed=seed)
    shape = len(data.triples), len(data.dimensions)
    merged = {name: Predictions.empty(*shape, fusion=parts[0][0].fusion) for name in views}
    for model, sources in parts:
        included = set(sources)
        rows = [n for n, triple in enumerate(data.triples) if triple.source_sha in included]
        for name, triples in views.items():
            found = predict(model, data, images, rows, shown=triples)
            merged[name].mu[rows] = found.mu[rows]
            merged[name].log_sigma[rows] = found.log_sigma[rows]
    return merged


def _unedited(data: PreferenceData) -> tuple[Triple, ...]:
    return tuple(replace(t, edit_sha=t.source_sha, size=None) for t in data.triples)


def controls_table(
    views: Views, data: PreferenceData, images: Any, sources: Sequence[str]
) -> list[dict[str, Any]]:
    """Return one row per control on the decided pairs of some sources.

    A row has accuracy, interval and n, and the paired lead of the model over the control. A row
    that cannot be computed has the reason in `why`. The no-op edit's accuracy is the share of
    pairs in which the preferred edit beats its unedited source.
    """
    pairs = data.pairs_of(sources)
    decided = pairs.take(pairs.outcome != 0)
    if not len(decided):
        return []
    model = gap_correct(_gap(views[UNMODIFIED].reward, decided), decided.outcome)
    rows = [_row(UNMODIFIED, model, decided)]
    for name in (SHUFFLED, SWAPPED):
        if name in views:
            found = gap_correct(_gap(views[name].reward, decided), decided.outcome)
            rows.append(_row(name, found, decided, model))
        else:
            rows.append({"name": name, "why": "there is no second source to borrow from"})
    rows.append(_row(NO_EDIT, _beats_nothing(views, decided), decided))
    # The baselines are fitted on the other sources, as the model was.
    fold = np.array([int(source in set(sources)) for source in data.sources])
    for name, scores in (
        (GENERATOR, controls.generator_means(data, fold)),
        (PIXELS, controls.pixel_difference(data, images, fold)),
    ):
        rows.append(_row(name, gap_correct(_gap(scores, decided), decided.outcome), decided, model))
    return rows


def _beats_nothing(views: Views, decided: Pairs) -> Floats:
    winner = np.where(decided.outcome > 0, decided.i, decided.j)
    gap = views[UNMODIFIED].reward[winner] - views[NO_EDIT].reward[winner]
    return gap_correct(gap, np.ones(len(winner), np.int64))


def _gap(reward: Floats, pairs: Pairs) -> Floats:
    return reward[pairs.i] - reward[pairs.j]


def _row(name: str, values: Floats, pairs: Pairs, model: Floats | None = None) -> dict[str, Any]:
    row = {"name": name, **asdict(clustered_estimate(values, pairs.source))}
    if model is not None:
        row["lead"] = asdict(clustered_estimate(model - values, pairs.source, bounds=DIFFERENCE))
    return row


def ceiling(snapshot: Snapshot) -> dict[str, Any]:
    """Return the human ceiling as a row of the table."""
    found = leave_one_out_agreement(snapshot)
    if found is None:
        return {"name": HUMANS, "why": "no pair has two decided votes"}
    return {"name": HUMANS, **asdict(found)}


def reads_instruction(table: Sequence[Mapping[str, Any]]) -> bool | None:
    """Whether the model is better with the true instruction; None where it is undefined."""
    for row in table:
        if row["name"] == SHUFFLED and (lead := row.get("lead")) and lead["low"] is not None:
            return bool(lead["low"] > 0)
    return None


def calibration(
    development: Predictions,
    final: Predictions,
    data: PreferenceData,
    *,
    dev_sources: Sequence[str],
    test_sources: Sequence[str],
) -> dict[str, Any]:
    """Return temperature and tie threshold, fitted on the development sources alone.

    development: out-of-fold rewards, of models that were not trained on the source. final: rewards
    of the final model. Nothing is fitted on the test sources: their calibration error and log loss
    are reported before and after scaling.
    """
    dev = data.pairs_of(dev_sources)
    if not np.any(dev.outcome):
        return {"why": "no decided pair in the development sources"}
    gap, sigma = _gap(development.reward, dev), _spread(development, dev)
    temperature = fit_temperature(gap, sigma, dev.outcome)
    threshold, accuracy = fit_tie_threshold(gap, dev.outcome)
    scale = temperature.value or 1.0
    result: dict[str, Any] = {
        "temperature": asdict(temperature),
        "tie_threshold": threshold,
        "tie_accuracy": accuracy,
        "development": _metrics(gap, sigma, dev.outcome, scale),
    }
    test = data.pairs_of(test_sources)
    if np.any(test.outcome):
        rest = _gap(final.reward, test), _spread(final, test)
        result["held_out"] = _metrics(*rest, test.outcome, scale)
    return result


def _spread(predicted: Predictions, pairs: Pairs) -> Floats:
    first, second = predicted.log_sigma_fused[pairs.i], predicted.log_sigma_fused[pairs.j]
    return np.asarray(np.exp(0.5 * np.logaddexp(2 * first, 2 * second)))


def _metrics(
    gap: Floats, sigma: Floats, outcome: NDArray[np.int64], scale: float
) -> dict[str, Any]:
    before = reliability(probabilities(gap, sigma), outcome)
    after = reliability(probabilities(gap, sigma, scale), outcome)
    return {
        "ece_before": before.ece,
        "ece": after.ece,
        "log_loss_before": log_loss(gap, sigma, outcome),
        "log_loss": log_loss(gap, sigma, outcome, scale),
        "bins": [asdict(each) for each in after.bins],
        "n": after.n,
    }
