"""The champion check: compare the new model and the champion on the same held-out pairs."""

from dataclasses import asdict
from typing import Any

from rewardsvc.core import checkpoint
from rewardsvc.core.clustered import clustered_estimate
from rewardsvc.core.data.files import in_folder
from rewardsvc.core.data.preferences import PreferenceData
from rewardsvc.core.errors import RewardError
from rewardsvc.core.evaluation.promotion import (
    CHALLENGER,
    NO_PAIR,
    Check,
    check_challenger,
    check_first,
)
from rewardsvc.core.pair_metrics import pair_correct
from rewardsvc.core.predict import Predictions, predict_sources
from rewardsvc.errors import CheckpointDamaged
from rewardsvc.models import RewardModel, TrainingRun
from rewardsvc.selectors import champion_of, n_other_evaluations
from rewardsvc.services import runs
from rewardsvc.services.checkpoints import fetch
from rewardsvc.workers.device import best_device

_LEARNED = {"verdict": "the majority of verdicts", "scores": "the summed mean scores"}


def champion_check(run: TrainingRun, data: PreferenceData, final: Predictions) -> dict[str, Any]:
    """Return `check` and `champion_held_out` of a run's metrics.

    final: the final model's rewards of the held-out sources. check: the fields of
    `core.promotion.Check`, the champion's public id, and `looks`: how many earlier runs were
    measured on these sources.
    """
    pairs = data.pairs_of(data.held_out_sources)
    source = pairs.source[pairs.outcome != 0]
    correct = pair_correct(final, pairs)
    champion = champion_of(run.campaign)
    champion_held_out = None
    if champion is None:
        check = check_first(correct, source)
    elif not len(correct):
        check = Check(CHALLENGER, promoted=False, reason=NO_PAIR)
    elif reason := _not_comparable(champion, run, data):
        check = Check(CHALLENGER, promoted=False, reason=reason)
    else:
        try:
            other = pair_correct(_predicted(champion, run, data), pairs)
        except (CheckpointDamaged, RewardError) as error:
            reason = f"The champion cannot be asked, so that nothing was compared: {error}"
            check = Check(CHALLENGER, promoted=False, reason=reason)
        else:
            check = check_challenger(correct, other, source)
            champion_held_out = asdict(clustered_estimate(other, source))
    return {
        "champion_held_out": champion_held_out,
        "check": {
            **asdict(check),
            "champion": None if champion is None else str(champion.public_id),
            "looks": n_other_evaluations(run),
        },
    }


def _not_comparable(champion: RewardModel, run: TrainingRun, data: PreferenceData) -> str:
    """Return why the overall rewards of both cannot be compared, empty where they can.

    A verdict is about the whole edit, whatever dimensions a model has. Summed scores depend on the
    dimensions. A model that lacks a dimension of the champion needs a lead's decision.
    """
    if champion.run.target != run.target:
        return (
            f"The champion learned from {_LEARNED[champion.run.target]}, this model from "
            f"{_LEARNED[run.target]}: no answer is fair to both."
        )
    if missing := sorted(set(champion.dimensions) - set(data.dimensions)):
        return f"It does not judge {', '.join(missing)}, which the champion judges."
    if run.target == "scores" and (
        added := sorted(set(data.dimensions) - set(champion.dimensions))
    ):
        return (
            f"It judges {', '.join(added)} too, which the champion does not: the summed scores of "
            "both are not about the same."
        )
    return ""


def _predicted(champion: RewardModel, run: TrainingRun, data: PreferenceData) -> Predictions:
    """Return the champion's rewards of the held-out sources."""
    folder = fetch(champion, runs.work_folder(run) / "champion")
    model, _ = checkpoint.load(folder, device=best_device())
    image_path = in_folder(runs.work_folder(run) / "snapshot")
    return predict_sources(model, data, image_path, data.held_out_sources)
