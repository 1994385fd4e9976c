"""The judging form without JavaScript: map its fields to the API's answer, and errors to fields.

Fields by screen position: score-<position>-<slug>, rank-<position>; then tie_kind, cannot_judge,
note and client_id.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

INTEGER = re.compile(r"[0-9]{1,3}")
POSITION = re.compile(r"(.+)\[(\d+)\]")


def answer_data(posted: Mapping[str, str], *, k: int, slugs: Sequence[str]) -> dict[str, Any]:
    """Return the posted fields as the API's JSON body.

    Active time and evidence are unknown without JavaScript.
    """
    return {
        "client_id": posted.get("client_id"),
        "scores": {
            slug: [_number(posted.get(f"score-{position}-{slug}")) for position in range(k)]
            for slug in slugs
        },
        "verdict": {
            "ranks": [_number(posted.get(f"rank-{position}")) for position in range(k)],
            "tie_kind": posted.get("tie_kind") or None,
        },
        "cannot_judge": posted.get("cannot_judge"),
        # Browsers send a line end as CR LF but count it as one character.
        "note": posted.get("note", "").replace("\r\n", "\n"),
    }


def form_values(
    scores: Mapping[str, Sequence[int]],
    ranks: Sequence[int],
    tie_kind: str | None,
    note: str,
) -> dict[str, str]:
    """Return the form fields of an answer by screen position: the inverse of `answer_data`."""
    values = {
        f"score-{position}-{slug}": str(score)
        for slug, column in scores.items()
        for position, score in enumerate(column)
    }
    values |= {f"rank-{position}": str(rank) for position, rank in enumerate(ranks)}
    return values | {"tie_kind": tie_kind or "", "note": note}


def input_name(field: str) -> str:
    """Return the form field behind a field of the API: scores.a[1] → score-1-a."""
    name, position = field, ""
    if match := POSITION.fullmatch(field):
        name, position = match.groups()
    if name.startswith("scores."):
        return f"score-{position or 0}-{name.removeprefix('scores.')}"
    if name == "verdict.ranks":
        return f"rank-{position or 0}"
    return name.removeprefix("verdict.")


def _number(text: str | None) -> int | str | None:
    """Return an integer where the text is one, else the text, which parsing then refuses."""
    return int(text) if text and INTEGER.fullmatch(text) else text
