"""What every run is told beside its accuracy: controls, human ceiling, calibration."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotation.snapshots.format.snapshot import Snapshot
from rewardsvc.core.clustered import DIFFERENCE, clustered_estimate
from rewardsvc.core.data.pairs import Pairs
from rewardsvc.core.data.preferences import PreferenceData, Triple
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
from rewardsvc.core.pair_metrics import credit
from rewardsvc.core.predict import Predictions, predict

OWN, SHUFFLED, SWAPPED = "reward model", "shuffled instructions", "swapped sources"
NO_EDIT, GENERATOR, PIXELS = "no-op edit", "generator mean", "pixel difference"
HUMANS = "one annotator against the others"

Floats = NDArray[np.float64]
#: A model and the sources that it may be asked about: those it did not train on.
Part = tuple[Any, Sequence[str]]
Views = dict[str, Predictions]


def shown(data: PreferenceData, images: Any, parts: Sequence[Part], *, seed: int = 0) -> Views:
    """Return what models say of the sources they did not train on, truly shown and altered."""
    ways: dict[str, Sequence[Triple]] = {OWN: data.triples, NO_EDIT: _unedited(data)}
    with suppress(TrainingError):  # two sources are needed to swap anything
        ways |= controls.views(data, seed=seed)
    shape = len(data.triples), len(data.dimensions)
    merged = {name: Predictions.empty(*shape, fusion=parts[0][0].fusion) for name in ways}
    for model, sources in parts:
        wanted = set(sources)
        rows = [n for n, triple in enumerate(data.triples) if triple.source_sha in wanted]
        for name, triples in ways.items():
            found = predict(model, data, images, rows, shown=triples)
            merged[name].mu[rows] = found.mu[rows]
            merged[name].log_sigma[rows] = found.log_sigma[rows]
    return merged


def _unedited(data: PreferenceData) -> tuple[Triple, ...]:
    return tuple(replace(triple, edit_sha=triple.source_sha) for triple in data.triples)


def controls_table(
    views: Views, data: PreferenceData, images: Any, sources: Sequence[str]
) -> list[dict[str, Any]]:
    """Return one row per control on the decided pairs of some sources.

    Each with its accuracy, interval and n, and the paired lead of the model over it; a row that
    cannot be computed says why. The no-op edit's accuracy is how often the preferred edit beats
    its untouched source.
    """
    pairs = data.pairs_of(sources)
    decided = pairs.take(pairs.outcome != 0)
    if not len(decided):
        return []
    own = credit(_gap(views[OWN].reward, decided), decided.outcome)
    rows = [_row(OWN, own, decided)]
    for name in (SHUFFLED, SWAPPED):
        if name in views:
            found = credit(_gap(views[name].reward, decided), decided.outcome)
            rows.append(_row(name, found, decided, own))
        else:
            rows.append({"name": name, "why": "there is no second source to borrow from"})
    rows.append(_row(NO_EDIT, _beats_nothing(views, decided), decided))
    # The baselines learn from the other sources, as the model did.
    fold = np.array([int(source in set(sources)) for source in data.sources])
    for name, scores in (
        (GENERATOR, controls.generator_means(data, fold)),
        (PIXELS, controls.pixel_difference(data, images, fold)),
    ):
        rows.append(_row(name, credit(_gap(scores, decided), decided.outcome), decided, own))
    return rows


def _beats_nothing(views: Views, decided: Pairs) -> Floats:
    winner = np.where(decided.outcome > 0, decided.i, decided.j)
    gap = views[OWN].reward[winner] - views[NO_EDIT].reward[winner]
    return credit(gap, np.ones(len(winner), np.int64))


def _gap(reward: Floats, pairs: Pairs) -> Floats:
    return reward[pairs.i] - reward[pairs.j]


def _row(name: str, values: Floats, pairs: Pairs, own: Floats | None = None) -> dict[str, Any]:
    row = {"name": name, **asdict(clustered_estimate(values, pairs.source))}
    if own is not None:
        row["lead"] = asdict(clustered_estimate(own - values, pairs.source, bounds=DIFFERENCE))
    return row


def ceiling(snapshot: Snapshot) -> dict[str, Any]:
    """Return the human ceiling as a row of the table."""
    found = leave_one_out_agreement(snapshot)
    if found is None:
        return {"name": HUMANS, "why": "no pair has two decided votes"}
    return {"name": HUMANS, **asdict(found)}


def reads_instruction(table: Sequence[Mapping[str, Any]]) -> bool | None:
    """Whether the model does better with the true instruction; None where nobody can say."""
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

    development: out-of-fold rewards, by models that never saw the source. The test sources are
    read, never fitted on: their calibration error and log loss are told before and after.
    """
    dev = data.pairs_of(dev_sources)
    if not np.any(dev.outcome):
        return {"why": "no decided pair in the development sources"}
    gap, sigma = _gap(development.reward, dev), _spread(development, dev)
    temperature = fit_temperature(gap, sigma, dev.outcome)
    threshold, accuracy = fit_tie_threshold(gap, dev.outcome)
    scale = temperature.value or 1.0
    told: dict[str, Any] = {
        "temperature": asdict(temperature),
        "tie_threshold": threshold,
        "tie_accuracy": accuracy,
        "development": _told(gap, sigma, dev.outcome, scale),
    }
    test = data.pairs_of(test_sources)
    if np.any(test.outcome):
        rest = _gap(final.reward, test), _spread(final, test)
        told["held_out"] = _told(*rest, test.outcome, scale)
    return told


def _spread(predicted: Predictions, pairs: Pairs) -> Floats:
    first, second = predicted.log_sigma_fused[pairs.i], predicted.log_sigma_fused[pairs.j]
    return np.asarray(np.exp(0.5 * np.logaddexp(2 * first, 2 * second)))


def _told(gap: Floats, sigma: Floats, outcome: NDArray[np.int64], scale: float) -> dict[str, Any]:
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
