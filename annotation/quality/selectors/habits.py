"""Habits of answering that do not depend on what is right: sides, runs, repeats, notes, time."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from annotation.models import Lane
from annotation.quality.selectors.answer_rows import LANES, UNKNOWN, AnswerRows, BoolArray
from annotation.quality.selectors.estimates import Estimate, share_of
from annotation.quality.selectors.outcomes import MOST_CANDIDATES, IntArray
from annotation.quality.selectors.person_quality import LeftShare, Pace, Repeats, Run
from annotation.stats.consistency import RepeatAgreement, repeat_consistency
from annotation.stats.position_bias import left_shares
from annotation.stats.speed import FEWEST_PEOPLE, speeds
from annotation.stats.straight_lining import run_chance, straight_lining

NO_REPEAT = "No comparison was shown to this person again yet."
NO_WINNER = "This person named no winner yet."
NO_TIME = "No answer carries a time."
FEW_TIMES = f"Fewer than {FEWEST_PEOPLE} people have times on comparisons that others judged too."
NO_NOTE = "This person wrote no note."
NO_EVIDENCE = "No answer says how the pictures were viewed."
# Positions on the screen, then a tie without kind, good, bad, and an answer with several best.
SEVERAL_BEST = MOST_CANDIDATES + 3
N_SHOWN_ANSWERS = MOST_CANDIDATES + 4
NOT_JUDGED_BLIND = (Lane.REPEAT, Lane.TRAINING, Lane.ADJUDICATION)


def by_person(rows: AnswerRows) -> Iterator[tuple[int, IntArray]]:
    """Yield each person's user id and the indices of their answers, in order of submission."""
    order = np.argsort(rows.annotator, kind="stable")
    people, starts = np.unique(rows.annotator[order], return_index=True)
    for person, (start, end) in zip(
        people.tolist(), pairwise([*starts.tolist(), len(order)]), strict=True
    ):
        yield person, order[start:end]


def screen_positions(rows: AnswerRows) -> np.ndarray:
    """Return (n, 4): the rank of the edit at each screen position, NaN beyond k."""
    positions = np.where(rows.shown == UNKNOWN, 0, rows.shown)
    ranks = np.take_along_axis(rows.ranks, positions, axis=1).astype(float)
    return np.where(rows.shown == UNKNOWN, np.nan, ranks)


def left_of(rows: AnswerRows) -> tuple[IntArray, BoolArray]:
    """Return the answers that tell a side, and whether their best edit stood left of the worst.

    The positions of equally good edits are averaged; answers in which best and worst are centred on
    the same spot tell no side. With two candidates: whether the left one won.
    """
    shown = screen_positions(rows)
    best, worst = (
        _mean_position(shown == end(shown, axis=1, keepdims=True)) for end in (np.nanmin, np.nanmax)
    )
    first = ~rows.of_lanes(NOT_JUDGED_BLIND)
    tells = np.flatnonzero((best != worst) & first)
    return tells, best[tells] < worst[tells]


def _mean_position(chosen: np.ndarray) -> np.ndarray:
    mean: np.ndarray = (chosen * np.arange(MOST_CANDIDATES)).sum(axis=1) / chosen.sum(axis=1)
    return mean


def left_by_person(rows: AnswerRows) -> dict[int, LeftShare]:
    """Return the left share of everybody who named a winner, by user id."""
    if not len(rows):
        return {}
    tells, left = left_of(rows)
    return {
        int(one.rater): LeftShare(  # type: ignore[call-overload]
            one.share, one.low, one.high, one.n, one.q, one.shrunk, one.shrunk_low, one.shrunk_high
        )
        for one in left_shares(rows.annotator[tells], left)
    }


def repeat_pairs(rows: AnswerRows) -> tuple[IntArray, IntArray]:
    """Return the indices of first and second answers of one person to one comparison."""
    again = rows.of_lanes([Lane.REPEAT])
    candidates = np.flatnonzero(again | rows.counting)
    keys = np.stack([rows.annotator[candidates], rows.comparison[candidates]])
    _, group = np.unique(keys, axis=1, return_inverse=True)
    # By person and comparison, the first answer before its repeats, in order of submission.
    order = np.lexsort((candidates, again[candidates], group.ravel()))
    sorted_rows, sorted_group = candidates[order], group.ravel()[order]
    follows = np.flatnonzero(sorted_group[1:] == sorted_group[:-1]) + 1
    second = sorted_rows[follows]
    first = sorted_rows[follows - 1]
    # One repeat for each comparison: a second repeat would follow a repeat.
    kept = again[second] & ~again[first]
    return first[kept], second[kept]


def repeats_by_person(rows: AnswerRows) -> dict[int, Repeats]:
    """Return how consistent everybody with a repeat is, by user id."""
    first, second = repeat_pairs(rows)
    answer = rows.answer
    swapped = (rows.shown[first] != rows.shown[second]).any(axis=1)
    found = {}
    for person in np.unique(rows.annotator[second]).tolist():
        own = rows.annotator[second] == person
        parts = repeat_consistency(answer[first[own]], answer[second[own]], swapped[own])
        found[person] = Repeats(
            _repeated(parts.all), _repeated(parts.same_side), _repeated(parts.swapped),
            parts.all.kappa,
        )  # fmt: skip
    return found


def no_repeats() -> Repeats:
    """Return what is known of a person without repeats."""
    none = share_of(0, 0, NO_REPEAT)
    return Repeats(none, none, none, None)


def _repeated(part: RepeatAgreement) -> Estimate:
    return share_of(part.n_same, part.n, NO_REPEAT)


def pace_by_person(rows: AnswerRows) -> dict[int, Pace]:
    """Return everybody's active time beside that of others on the same comparisons."""
    timed = rows.keep(rows.worked_ms > 0)
    if not len(timed):
        return {}
    return {
        int(one.rater): Pace(  # type: ignore[call-overload]
            one.median_seconds, one.z, one.n, one.n_compared, FEW_TIMES if one.z is None else None
        )
        for one in speeds(timed.annotator, timed.worked_ms / 1000, unit=timed.comparison)
    }


def shown_answers(rows: AnswerRows) -> IntArray:
    """Return (n,) each answer as it stood on the screen: the best position, or a kind of tie."""
    shown = screen_positions(rows)
    best = shown == 1
    k = np.count_nonzero(rows.ranks, axis=1)
    n_best = best.sum(axis=1)
    answer: IntArray = np.where(n_best == 1, best.argmax(axis=1), SEVERAL_BEST)
    return np.where(n_best == k, MOST_CANDIDATES + rows.tie_kind, answer)


def run_of(rows: AnswerRows) -> Run:
    """Return the longest run in one person's answers, given in order of submission."""
    shown = shown_answers(rows)
    found = straight_lining(shown, N_SHOWN_ANSWERS)
    bound = found.run_bound
    if found.run_start is not None and bound is not None:
        k = np.count_nonzero(rows.ranks, axis=1)
        if shown[found.run_start] < MOST_CANDIDATES:
            a_side = float((shown < MOST_CANDIDATES).mean()) / int(k.min())
            bound = min(bound, run_chance(found.n, found.longest_run, a_side))
    return Run(found.n, found.longest_run, bound, found.entropy)


def duplicate_notes(rows: AnswerRows) -> Estimate:
    """Return the share of one person's notes that repeat an own one, but for case and spacing."""
    notes = rows.note[rows.note != 0]
    _, counts = np.unique(notes, return_counts=True)
    return share_of(int((counts - 1).sum()), len(notes), NO_NOTE)


def share_bad(evidence: IntArray, why: str = NO_EVIDENCE) -> Estimate:
    """Return the share of known evidence (1 good, 0 bad, UNKNOWN) that is bad."""
    return share_of(int((evidence == 0).sum()), int((evidence != UNKNOWN).sum()), why)


def lane_name(number: int) -> str:
    """Return the name of a lane by its number."""
    return str(LANES[number].label)
