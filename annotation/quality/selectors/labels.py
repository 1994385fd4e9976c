"""The resolved answer of a comparison, from the judgments in force."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from annotation.models import COUNTING_LANES, Comparison, Judgment, Lane
from annotation.stats.labels import Label, resolve


def judgment_state(judgment: Judgment) -> str:
    """Return counted, surplus, superseded or set_aside.

    The judgment must come with `superseded_by` and `set_aside` selected.
    """
    if judgment.surplus:
        return "surplus"
    if hasattr(judgment, "superseded_by"):
        return "superseded"
    if hasattr(judgment, "set_aside"):
        return "set_aside"
    return "counted"


def is_vote(comparison: Comparison, judgment: Judgment) -> bool:
    """Whether a judgment is a vote of its comparison's label."""
    return (
        comparison.withdrawn_at is None
        and judgment.scores is not None
        and judgment.lane in COUNTING_LANES
        and judgment_state(judgment) == "counted"
    )


def label_row(
    comparison: Comparison, judgments: Sequence[Judgment], dimensions: Mapping[int, list[str]]
) -> dict[str, Any] | None:
    """Return a label's columns, or None without an answer in force.

    Scores are averaged over answers under the newest rubric version that has any, since the levels
    of different versions differ in meaning.
    """
    in_force = [j for j in judgments if j.scores is not None and judgment_state(j) == "counted"]
    counting = [j for j in judgments if is_vote(comparison, j)]
    if not counting:
        return None
    newest = max(j.rubric.version for j in counting)
    scored = [j for j in counting if j.rubric.version == newest]
    adjudicated = [j for j in in_force if j.lane == Lane.ADJUDICATION]
    slugs = dimensions[scored[0].rubric_id]
    scores = np.full((len(counting), comparison.k, len(slugs)), np.nan)
    scores[[j.rubric.version == newest for j in counting]] = [j.scores for j in scored]
    label = resolve(
        scores,
        np.array([j.ranks for j in counting], dtype=np.int64),
        adjudicated_ranks=(
            np.array(adjudicated[-1].ranks, dtype=np.int64) if adjudicated else None
        ),
    )
    first = counting[0].assignment
    return {
        "n_judgments": len(counting),
        "dimensions": slugs,
        "lane": first.lane,
        "policy": first.policy,
        "propensity": first.propensity,
    } | _columns(label)


def _columns(label: Label) -> dict[str, Any]:
    return {
        "mean_scores": label.mean_scores.tolist(),
        "pair_outcomes": list(label.pair_outcomes),
        "ranks": None if label.ranks is None else list(label.ranks),
        "resolved_by": label.resolved_by,
        "n_conflicts": label.n_conflicts,
    }
