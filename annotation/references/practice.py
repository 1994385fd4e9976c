"""Worked examples as comparisons to practise on: nothing of a practice is stored."""

from collections.abc import Mapping, Sequence
from typing import Any

from annotation.references.selectors import Example

MAX_PRACTICE = 3


def practice_of(
    examples: Sequence[Example], assignment: Mapping[str, Any] | None
) -> list[dict[str, Any]]:
    """Return up to three examples that the form of an assignment fits, each with its answer.

    assignment: as the judging page gets it. An example fits with as many edits and with a score on
    every dimension; sensitive ones are left out. Each entry has an `assignment`, without the fields
    of a lease, and a `lesson` as the reply to a training answer carries it.
    """
    if assignment is None:
        return []
    fitting = (
        example
        for example in examples
        if not example.sensitive and len(example.edits) == len(assignment["candidates"])
    )
    entries = (_entry(example, assignment["rubric"]) for example in fitting)
    return [entry for entry in entries if entry is not None][:MAX_PRACTICE]


def _entry(example: Example, rubric: Mapping[str, Any]) -> dict[str, Any] | None:
    rows = [{name: score for name, score, _ in edit.levels} for edit in example.edits]
    dimensions = rubric["dimensions"]
    if any(dimension["name"] not in row for row in rows for dimension in dimensions):
        return None
    return {
        "assignment": {
            "id": f"practice-{example.public_id}",
            "practice": True,
            "instruction": example.instruction,
            "rubric": rubric,
            "source": example.source,
            "candidates": [edit.picture for edit in example.edits],
        },
        "lesson": {
            "scores": {
                dimension["slug"]: [row[dimension["name"]] for row in rows]
                for dimension in dimensions
            },
            "ranks": [edit.rank for edit in example.edits],
            "tie_kind": example.tie_kind,
            "explanation": example.explanation,
        },
    }
