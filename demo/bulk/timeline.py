"""When each answer was leased and given: people at work on most days, one answer at a time."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from demo.bulk.sharing import Shares
from demo.bulk.work import FloatArray, IntArray
from demo.experts import LEAST_MS, SPREAD_OF_TIME, Persona

MS = 1_000
# From a lease to the first look, and from an answer to the next lease.
BEFORE_MS, BETWEEN_MS = 500, 1_500
BREAK_MS = 15 * 3_600 * MS
FEWEST_IN_A_SESSION, MOST_SESSIONS = 200, 30


@dataclass(frozen=True)
class Timeline:
    """Answers in order of time, all (n,). order: index into the shares.

    active_ms: time at work; leased, submitted: microseconds since 1970; careless: given without
    looking.
    """

    order: IntArray
    active_ms: IntArray
    leased: IntArray
    submitted: IntArray
    careless: npt.NDArray[np.bool_]


def timeline(
    shares: Shares, personas: Sequence[Persona], *, now: float, rng: np.random.Generator
) -> Timeline:
    """Put the answers of each person one after the other, the last ones just before `now`.

    now: seconds since 1970. Nobody works on two comparisons at once, so the time at work that the
    database would count is what is claimed.
    """
    person = np.array(shares.person, dtype=np.int64)
    own = np.lexsort((np.array(shares.position), person))
    person = person[own]
    careless = rng.random(len(own)) < np.array([one.careless for one in personas])[person]
    active = active_times(person, personas, careless, rng)
    ends = _ends(person, active)
    last = np.zeros(len(personas))
    np.maximum.at(last, person, ends)
    # The last answers of all people lie within some minutes.
    finished = now * MS - rng.uniform(5, 600, len(personas)) * MS
    submitted = ((ends + (finished - last)[person]) * MS).astype(np.int64)
    leased = submitted - (active + BEFORE_MS) * MS
    order = np.argsort(submitted, kind="stable")
    return Timeline(own[order], active[order], leased[order], submitted[order], careless[order])


def active_times(
    person: IntArray,
    personas: Sequence[Persona],
    careless: npt.NDArray[np.bool_],
    rng: np.random.Generator,
) -> IntArray:
    """Return the time at work of each answer in milliseconds, as `experts.answer` draws it."""
    median = 1_000 * np.array([one.seconds for one in personas])
    active = (median[person] * np.exp(rng.normal(0, SPREAD_OF_TIME, len(person)))).astype(np.int64)
    return np.where(careless, np.maximum(LEAST_MS, active // 5), active)


def _ends(person: IntArray, active: IntArray) -> FloatArray:
    """Return when each answer ends, in milliseconds since its person began; persons together."""
    starts = np.flatnonzero(np.diff(person, prepend=-1))
    sizes = np.diff(np.append(starts, len(person)))
    number = np.arange(len(person)) - np.repeat(starts, sizes)
    length = np.maximum(FEWEST_IN_A_SESSION, -(-sizes // MOST_SESSIONS))
    sessions_before = number // np.repeat(length, sizes)
    total = np.cumsum(active + BEFORE_MS + BETWEEN_MS)
    before = np.repeat(np.append(0, total)[starts], sizes)
    ends: FloatArray = total - before + sessions_before * float(BREAK_MS)
    return ends
