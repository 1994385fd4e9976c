"""Write assignments and judgments by COPY, in blocks."""

import secrets
from collections.abc import Iterator, Sequence
from itertools import repeat
from typing import Any

import numpy as np
import numpy.typing as npt
from django.db import connection

from demo.bulk.answers import Answers
from demo.bulk.voting import Votes
from demo.bulk.work import LANES, NONE, IntArray

NULL = "\\N"
POLICY_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
ASSIGNMENT = (
    "id", "public_id", "campaign_id", "comparison_id", "annotator_id", "rubric_id", "lane",
    "policy", "propensity", "slot", "shown_order", "state", "skip_reason", "leased_at",
    "expires_at", "closed_at",
)  # fmt: skip
JUDGMENT = (
    "id", "public_id", "client_id", "assignment_id", "campaign_id", "comparison_id",
    "annotator_id", "rubric_id", "lane", "scores", "ranks", "tie_kind", "cannot_judge", "surplus",
    "note", "active_ms", "worked_ms", "worked_until", "evidence", "remarks", "created_at",
)  # fmt: skip
TIES = np.array([NULL, "good", "bad"])


Votings = Sequence[tuple[IntArray, Votes]]


class Writer:
    """Writes blocks of answers of one campaign; ids follow the order of time."""

    def __init__(
        self,
        *,
        campaign_id: int,
        rubric_id: int,
        lease_minutes: int,
        user_ids: IntArray,
        n: int,
    ) -> None:
        self._campaign, self._rubric, self._user_ids = campaign_id, rubric_id, user_ids
        self._lease_us = lease_minutes * 60_000_000
        self._first = {
            table: _reserved(f"annotation_{table}", n) for table in ("assignment", "judgment")
        }
        # Random in front, counted behind: an index grows at its end, which is far cheaper.
        self._uuid = {name: secrets.token_hex(8) for name in ("assignment", "judgment", "client")}
        self._written = 0

    def write(self, block: Answers, votes: Votings) -> None:
        """Store a block after the earlier ones. votes: with the indices of their answers."""
        lanes = np.array([lane.value for lane in LANES])[block.lane].tolist()
        orders = _orders(block)
        _copy("annotation_assignment", ASSIGNMENT, self._assignments(block, lanes, orders))
        _copy("annotation_judgment", JUDGMENT, self._judgments(block, lanes, votes))
        self._written += len(block)

    def _assignments(
        self, block: Answers, lanes: list[str], orders: list[str]
    ) -> Iterator[tuple[Any, ...]]:
        submitted = _times(block.submitted)
        return zip(
            self._ids("assignment", len(block)),
            self._uuids("assignment", len(block)),
            repeat(self._campaign),
            block.comparison.tolist(),
            self._user_ids[block.person].tolist(),
            repeat(self._rubric),
            lanes,
            [escaped(policy) for policy in block.policy.tolist()],
            [NULL if chance != chance else chance for chance in block.propensity.tolist()],  # noqa: PLR0124 - NaN
            [NULL if slot == NONE else slot for slot in block.slot.tolist()],
            orders,
            repeat("submitted"),
            repeat(""),
            _times(block.leased),
            _times(block.leased + self._lease_us),
            submitted,
        )

    def _judgments(
        self, block: Answers, lanes: list[str], votes: Votings
    ) -> Iterator[tuple[Any, ...]]:
        n = len(block)
        scores, ranks, ties = _answers(block, votes)
        active = block.active_ms.tolist()
        return zip(
            self._ids("judgment", n),
            self._uuids("judgment", n),
            self._uuids("client", n),
            self._ids("assignment", n),
            repeat(self._campaign),
            block.comparison.tolist(),
            self._user_ids[block.person].tolist(),
            repeat(self._rubric),
            lanes,
            scores,
            ranks,
            ties,
            repeat(""),
            repeat("f"),
            repeat(""),
            active,
            active,
            _times(block.leased + block.active_ms * 1_000),
            repeat('{"simulated": true}'),
            repeat("{}"),
            _times(block.submitted),
        )

    def _ids(self, table: str, n: int) -> range:
        first = self._first[table] + self._written
        return range(first, first + n)

    def _uuids(self, name: str, n: int) -> list[str]:
        prefix = self._uuid[name]
        return [f"{prefix}{number:016x}" for number in range(self._written, self._written + n)]


def escaped(policy: str) -> str:
    """Return a text as COPY reads it."""
    return policy.translate(POLICY_ESCAPES)


def _reserved(table: str, n: int) -> int:
    """Take the next n ids of a table, which is locked; return the first."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_serial_sequence(%s, 'id')", [table])
        (sequence,) = cursor.fetchone()
        cursor.execute("SELECT nextval(%s)", [sequence])
        (first,) = cursor.fetchone()
        cursor.execute("SELECT setval(%s, %s)", [sequence, first + n - 1])
    return int(first)


def _copy(table: str, columns: Sequence[str], rows: Iterator[tuple[Any, ...]]) -> None:
    line = "\t".join(["%s"] * len(columns)) + "\n"
    text = "".join(map(line.__mod__, rows))
    with connection.cursor() as cursor:
        statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
        with cursor.copy(statement) as copy:
            copy.write(text)


def _times(microseconds: IntArray) -> list[str]:
    stamps = np.datetime_as_string(microseconds.astype("datetime64[us]"))
    return [f"{stamp}+00" for stamp in stamps.tolist()]


def _orders(block: Answers) -> list[str]:
    """Return shown orders as arrays of PostgreSQL."""
    known: dict[tuple[int, ...], str] = {}
    found = []
    for shown in map(tuple, block.shown.tolist()):
        if shown not in known:
            known[shown] = "{" + ",".join(str(at) for at in shown if at != NONE) + "}"
        found.append(known[shown])
    return found


def _answers(block: Answers, votings: Votings) -> tuple[list[str], list[str], list[str]]:
    """Return scores, ranks and kinds of tie in canonical order, as PostgreSQL reads them."""
    scores: npt.NDArray[np.object_] = np.empty(len(block), dtype=object)
    ranks, ties = scores.copy(), scores.copy()
    for rows, votes in votings:
        k = votes.ranks.shape[1]
        shown = block.shown[rows, :k]
        own_ranks, own_scores = np.empty_like(votes.ranks), np.empty_like(votes.scores)
        np.put_along_axis(own_ranks, shown, votes.ranks, axis=1)
        np.put_along_axis(own_scores, shown[:, :, None], votes.scores, axis=1)
        scores[rows] = _texts(own_scores)
        ranks[rows] = _texts(own_ranks)
        ties[rows] = TIES[votes.tie].astype(object)
    return scores.tolist(), ranks.tolist(), ties.tolist()


def _texts(digits: IntArray) -> npt.NDArray[np.object_]:
    """Return arrays of one-digit numbers, (n, ...) of one or two dimensions each, as texts."""
    template = str(np.zeros(digits.shape[1:], dtype=int).tolist()).replace(" ", "")
    template = template.replace("[", "{").replace("]", "}")
    places = [at for at, letter in enumerate(template) if letter == "0"]
    letters = np.tile(np.frombuffer(template.encode(), dtype=np.uint8), (len(digits), 1))
    letters[:, places] = digits.reshape(len(digits), -1) + ord("0")
    texts = np.ascontiguousarray(letters).view(f"S{len(template)}").ravel()
    found: npt.NDArray[np.object_] = texts.astype(str).astype(object)
    return found
