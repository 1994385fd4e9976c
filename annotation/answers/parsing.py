"""Parse an answer from JSON; a refusal names the field. Pure functions.

All lists are in shown order; `Answer.canonical_*` maps them to canonical order.
"""

import json
import math
import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from annotation.answers.checks import is_integer, list_by_position, refuse_unknown, text_of
from annotation.answers.remark_parsing import parse_remarks
from annotation.answers.remarks import Remarks, to_canonical
from annotation.errors import InvalidAnswer
from annotation.rubrics.text import Scale

MAX_NOTE = 4_000
MAX_REASON = 200
MAX_EVIDENCE_BYTES = 8_192
MAX_EVIDENCE_DEPTH = 8
MAX_ACTIVE_MS = 86_400_000
TIE_KINDS = ("good", "bad")
FIELDS = frozenset(
    ("client_id", "scores", "verdict", "cannot_judge", "note", "active_ms", "evidence", "remarks")
)
VERDICT_FIELDS = frozenset(("ranks", "tie_kind"))


@dataclass(frozen=True)
class Answer:
    """A valid answer to one assignment, by screen position.

    scores: k rows of one value per dimension, in the rubric's order; ranks: k dense ranks,
    1 = best. Both None exactly when `cannot_judge` gives a reason. remarks: see
    annotation/answers/remarks.py; None = the client sent none. active_ms: time at work as the
    client claims it. worked_ms: time to count for an answer that nobody gave by hand, of a
    simulation; None = the server's clock decides, as for every answer that a client sends.
    """

    client_id: uuid.UUID
    scores: tuple[tuple[int, ...], ...] | None
    ranks: tuple[int, ...] | None
    tie_kind: str | None = None
    cannot_judge: str = ""
    note: str = ""
    active_ms: int | None = None
    evidence: Mapping[str, Any] = field(default_factory=dict)
    remarks: Remarks | None = None
    worked_ms: int | None = None

    def canonical_scores(self, shown_order: Sequence[int]) -> list[list[int]] | None:
        """Return scores by canonical candidate; shown_order[i] = canonical index at position i."""
        if self.scores is None:
            return None
        return [list(self.scores[position]) for position in _positions(shown_order)]

    def canonical_ranks(self, shown_order: Sequence[int]) -> list[int] | None:
        """Return ranks by canonical candidate."""
        if self.ranks is None:
            return None
        return [self.ranks[position] for position in _positions(shown_order)]

    def canonical_remarks(self, shown_order: Sequence[int]) -> Remarks:
        """Return remarks by canonical candidate, as they are stored."""
        return to_canonical(self.remarks or {}, shown_order)


def _positions(shown_order: Sequence[int]) -> list[int]:
    return sorted(range(len(shown_order)), key=shown_order.__getitem__)


def parse_answer(data: Any, *, k: int, dimensions: Sequence[Scale]) -> Answer:
    """Return the answer in `data`, the JSON body of the API for k shown candidates.

    With a reason in `cannot_judge`, scores and verdict may be left out and are not kept.
    Raises InvalidAnswer naming the first field that is wrong; "" is the object itself.
    """
    if not isinstance(data, Mapping):
        raise InvalidAnswer("", "The answer must be an object.")
    refuse_unknown(data, FIELDS, "")
    client_id = _client_id(data.get("client_id"))
    cannot_judge = parse_reason(data.get("cannot_judge"), "cannot_judge", required=False)
    answers = not cannot_judge
    ranks, tie_kind = _verdict(data.get("verdict"), k) if answers else (None, None)
    return Answer(
        client_id=client_id,
        scores=_scores(data.get("scores"), k, dimensions) if answers else None,
        ranks=ranks,
        tie_kind=tie_kind,
        cannot_judge=cannot_judge,
        note=_note(data.get("note")),
        active_ms=_active_ms(data.get("active_ms")),
        evidence=_evidence(data.get("evidence")),
        remarks=parse_remarks(data.get("remarks"), k=k, dimensions=dimensions, ranks=ranks),
    )


def parse_reason(value: Any, name: str, *, required: bool = True) -> str:
    """Return a stripped one-line reason of at most 200 characters; "" for none if allowed."""
    if value is None or value == "":
        if required:
            raise InvalidAnswer(name, "Give a reason.")
        return ""
    reason = text_of(value, name, MAX_REASON).strip()
    if not reason:
        raise InvalidAnswer(name, "Give a reason.")
    return reason


def _client_id(value: Any) -> uuid.UUID:
    with suppress(ValueError):
        if isinstance(value, str):
            return uuid.UUID(value)
    raise InvalidAnswer("client_id", "client_id must be a UUID.")


def _scores(value: Any, k: int, dimensions: Sequence[Scale]) -> tuple[tuple[int, ...], ...]:
    if not isinstance(value, Mapping):
        raise InvalidAnswer("scores", "scores must be an object with one list per dimension.")
    refuse_unknown(value, {scale.slug for scale in dimensions}, "scores.")
    columns = [_column(value.get(scale.slug), k, scale) for scale in dimensions]
    return tuple(zip(*columns, strict=True))


def _column(value: Any, k: int, scale: Scale) -> list[int]:
    name = f"scores.{scale.slug}"
    values = list_by_position(value, k, name)
    for position, score in enumerate(values):
        if not is_integer(score) or score not in scale.values:
            allowed = ", ".join(map(str, sorted(scale.values)))
            raise InvalidAnswer(f"{name}[{position}]", f"A score must be one of {allowed}.")
    return values


def _verdict(value: Any, k: int) -> tuple[tuple[int, ...], str | None]:
    if not isinstance(value, Mapping):
        raise InvalidAnswer("verdict", "verdict must be an object with ranks and tie_kind.")
    refuse_unknown(value, VERDICT_FIELDS, "verdict.")
    ranks = dense_ranks(list_by_position(value.get("ranks"), k, "verdict.ranks"))
    tie_kind = value.get("tie_kind")
    if len(set(ranks)) > 1:
        if tie_kind is not None:
            raise InvalidAnswer(
                "verdict.tie_kind", "A tie kind is for equal ranks only; leave it null."
            )
    elif tie_kind not in TIE_KINDS:
        raise InvalidAnswer("verdict.tie_kind", "All are equal: say whether good or bad.")
    return ranks, tie_kind


def dense_ranks(values: Sequence[Any]) -> tuple[int, ...]:
    """Return ranks without gaps (1, 1, 2) from those, or from competition ranks (1, 1, 3).

    Raises InvalidAnswer for anything else.
    """
    for position, rank in enumerate(values):
        if not is_integer(rank) or not 1 <= rank <= len(values):
            raise InvalidAnswer(
                f"verdict.ranks[{position}]", f"A rank must be a number from 1 to {len(values)}."
            )
    distinct = sorted(set(values))
    dense = tuple(distinct.index(rank) + 1 for rank in values)
    competition = tuple(1 + sum(other < rank for other in values) for rank in values)
    if tuple(values) not in {dense, competition}:
        raise InvalidAnswer("verdict.ranks", "Ranks must start at 1 and leave no gap but by ties.")
    return dense


def _note(value: Any) -> str:
    return "" if value is None else text_of(value, "note", MAX_NOTE)


def _active_ms(value: Any) -> int | None:
    if value is None:
        return None
    if not is_integer(value) or not 0 <= value <= MAX_ACTIVE_MS:
        raise InvalidAnswer(
            "active_ms", f"active_ms must be a number of milliseconds from 0 to {MAX_ACTIVE_MS}."
        )
    return int(value)


def _evidence(value: Any) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise InvalidAnswer("evidence", "evidence must be an object.")
    _check_json(value, MAX_EVIDENCE_DEPTH)
    if len(json.dumps(value, ensure_ascii=False).encode()) > MAX_EVIDENCE_BYTES:
        raise InvalidAnswer("evidence", f"evidence must fit into {MAX_EVIDENCE_BYTES} bytes.")
    return value


def _check_json(value: Any, depth: int) -> None:
    """Refuse what PostgreSQL's jsonb cannot hold, and nesting that is too deep."""
    if depth < 0:
        raise InvalidAnswer("evidence", "evidence is nested too deeply.")
    if isinstance(value, str):
        text_of(value, "evidence", MAX_EVIDENCE_BYTES)
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            text_of(key, "evidence", MAX_EVIDENCE_BYTES)
            _check_json(inner, depth - 1)
    elif isinstance(value, list):
        for inner in value:
            _check_json(inner, depth - 1)
    elif isinstance(value, float) and not math.isfinite(value):
        raise InvalidAnswer("evidence", "evidence must hold finite numbers.")
