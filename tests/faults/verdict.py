"""Whether what the people were told and what the database holds agree."""

from collections import Counter
from typing import Any, NamedTuple


class Accounts(NamedTuple):
    """What the people sent and heard, by client id, and the sums of their counts."""

    sent: dict[str, Any]
    acknowledged: dict[str, Any]
    refused: dict[str, Any]
    figures: dict[str, Any]


def account(people):
    """Put together what everybody keeps account of."""
    sent, acknowledged, refused = {}, {}, {}
    counts, words, habits = Counter(), Counter(), Counter()
    for person in people:
        sent |= person.sent
        acknowledged |= person.acknowledged
        refused |= person.refused
        habits += person.counts
        for wire in person.wires:
            counts += wire.counts
            words += wire.words
    figures = {
        **{str(name): n for name, n in sorted(counts.items(), key=lambda pair: str(pair[0]))},
        "answers sent": len(sent),
        "acknowledged": len(acknowledged),
        "acknowledged as surplus": sum(a["state"] == "surplus" for a in acknowledged.values()),
        "refused with 409": len(refused),
        "from 500 on": dict(words),
        "habits": dict(habits),
    }
    return Accounts(sent, acknowledged, refused, figures)


def broken_promises(people, result, found):
    """Return every broken invariant in words; none is what is wanted."""
    stored = found["answers"]
    broken = [words for person in people for words in person.broken]
    broken += [f"person {n} never finished" for n, p in enumerate(people) if not p.is_done]
    # Away for a moment is a 503 with a word on it; anything else from 500 on is a fault.
    broken += [
        f"{n} times {words}"
        for words, n in result.figures["from 500 on"].items()
        if not words.startswith("503") or '{"detail":' not in words
    ]
    broken += found["broken"]
    broken += [f"unfilled: {words}" for words in found["unfilled"]]
    broken += [
        f"{one} was acknowledged and is not stored" for one in result.acknowledged.keys() - stored
    ]
    broken += [f"{one} is stored and was never sent" for one in stored.keys() - result.sent]
    broken += [f"{one} was refused and is stored" for one in result.refused.keys() & stored]
    for client_id in stored.keys() & result.sent.keys():
        broken += _differences(client_id, result, stored[client_id])
    if left := found["states"].get("leased", 0):
        broken.append(f"{left} leases were left over")
    if found["n_free"]:
        broken += [f"{found['n_free']} places were left free"]
    return broken


def _differences(client_id, result, row):
    """Compare one stored answer with the one that was sent, and with what was said of it."""
    assignment, answer = result.sent[client_id]
    verdict, scores = answer["verdict"], answer["scores"]
    expected = {
        "assignment": assignment,
        "ranks": verdict and verdict["ranks"],
        "scores": scores and [list(row) for row in zip(*scores.values(), strict=True)],
        "cannot_judge": answer["cannot_judge"],
        "active_ms": answer["active_ms"],
    }
    if said := result.acknowledged.get(client_id):
        expected |= {"judgment": said["judgment"], "state": said["state"]}
    return [
        f"{client_id}: {name} is {row[name]}, not {wanted}"
        for name, wanted in expected.items()
        if row[name] != wanted
    ]
