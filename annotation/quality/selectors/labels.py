"""The resolved answer of a comparison, from the judgments in force."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from annotation.models import COUNTING_LANES, SECOND_READING, Comparison, Judgment, Lane
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


def is_deciding(judgment: Judgment) -> bool:
    """Whether a judgment replaces the majority of its comparison, as `deciding` of its query set.

    It must come with `assignment`, `superseded_by`, `set_aside` and `settles` selected.
    """
    decision = getattr(judgment, "settles", None)
    return (
        judgment.lane == Lane.ADJUDICATION
        and judgment.scores is not None
        and judgment_state(judgment) == "counted"
        and judgment.assignment.policy != SECOND_READING
        and (decision is None or decision.is_resolved)
    )


def label_row(
    comparison: Comparison, judgments: Sequence[Judgment], dimensions: Mapping[int, list[str]]
) -> dict[str, Any] | None:
    """Return a label's columns, or None without an answer in force.

    Scores are averaged over answers under the newest rubric version that has any, since the levels
    of different versions differ in meaning. Where nobody but an adjudicator could judge, the scores
    are the adjudicator's.
    """
    counting = [j for j in judgments if is_vote(comparison, j)]
    decided = [j for j in judgments if is_deciding(j)][-1:]
    scoring = counting or ([] if comparison.withdrawn_at else decided)
    if not scoring:
        return None
    newest = max(j.rubric.version for j in scoring)
    scored = [j for j in scoring if j.rubric.version == newest]
    slugs = dimensions[scored[0].rubric_id]
    scores = np.full((len(scoring), comparison.k, len(slugs)), np.nan)
    scores[[j.rubric.version == newest for j in scoring]] = [j.scores for j in scored]
    label = resolve(
        scores,
        np.array([j.ranks for j in scoring], dtype=np.int64),
        adjudicated_ranks=np.array(decided[0].ranks, dtype=np.int64) if decided else None,
    )
    first = scoring[0].assignment
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
