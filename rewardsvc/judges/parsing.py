"""Read a judge's reply strictly: what is not the asked object is unreadable, never a tie."""

import json
import re
from math import sqrt
from typing import Any

_FENCED = re.compile(r"\A```(?:json)?\s*\n(.*?)\n?```\Z", re.DOTALL)
_OUTCOMES = {"one": 1, "two": -1, "tie": 0}
POINTS = ("success", "unchanged", "natural", "clean")
_MOST = 10


class Unreadable(ValueError):
    """A reply that does not answer the question; the message says why."""


def parse_pair(reply: str) -> int:
    """Return 1 if edit one is better, -1 if edit two is, 0 for a tie.

    reply: one JSON object with "better": "one", "two" or "tie"; other keys may stand anywhere.
    A fence of three backquotes around it is allowed. Raises Unreadable on anything else.
    """
    better = _object(reply).get("better")
    if not isinstance(better, str) or better not in _OUTCOMES:
        raise Unreadable(f"better is {better!r}, not one, two or tie")
    return _OUTCOMES[better]


def parse_points(reply: str) -> float:
    """Return sqrt(consistency * quality), 0 to 10, of the four numbers of a reply.

    Consistency is the smaller of success and unchanged, quality the smaller of natural and clean,
    as VIEScore and GEdit-Bench combine them. Raises Unreadable as `parse_pair` does.
    """
    found = _object(reply)
    numbers = []
    for name in POINTS:
        value: Any = found.get(name)
        usable = isinstance(value, int | float) and not isinstance(value, bool)
        if not usable or not 0 <= value <= _MOST:
            raise Unreadable(f"{name} is {value!r}, not a number from 0 to {_MOST}")
        numbers.append(float(value))
    success, unchanged, natural, clean = numbers
    return sqrt(min(success, unchanged) * min(natural, clean))


def _object(reply: str) -> dict[str, Any]:
    text = reply.strip()
    if fenced := _FENCED.match(text):
        text = fenced[1]
    try:
        found = json.loads(text, object_pairs_hook=_once)
    except ValueError as error:
        raise Unreadable(f"no JSON object: {error}") from error
    if not isinstance(found, dict):
        raise Unreadable("the reply is JSON, but no object")
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice")
    return found
