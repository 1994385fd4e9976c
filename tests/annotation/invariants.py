"""What must hold in the database whatever happened, and a picture of it to compare with later."""

from collections import Counter, defaultdict

from annotation.models import (
    COUNTING_LANES,
    Assignment,
    Comparison,
    Judgment,
    Membership,
    QueueEntry,
    Reclaim,
    SendBack,
    SetAside,
)
from tests.annotation.queue.orders import spread

WATCHED = (
    Assignment,
    Comparison,
    Judgment,
    Membership,
    QueueEntry,
    Reclaim,
    SendBack,
    SetAside,
)


def everything():
    """Return all rows that the queue and the answers write, to show that a refusal wrote none."""
    return {model.__name__: list(model.objects.order_by("pk").values()) for model in WATCHED}


def check_queue(*, enqueued=None):
    """Assert the queue's invariants over the whole database.

    enqueued: ids of the comparisons that were put into the queue (all, unless given).
    """
    free = defaultdict(list)
    for entry in QueueEntry.objects.filter(lane__in=COUNTING_LANES):
        free[entry.comparison_id].append(entry)
    assignments = defaultdict(list)
    for assignment in Assignment.objects.order_by("pk"):
        assignments[assignment.comparison_id].append(assignment)
    for comparison in Comparison.objects.all():
        mine = assignments[comparison.pk]
        _check_places(comparison, mine, free[comparison.pk])
        _check_people(mine)
        if enqueued is None or comparison.pk in enqueued:
            _check_waiting(comparison, mine, free[comparison.pk])
    _check_judgments()


def _check_places(comparison, assignments, free):
    held = [a.slot for a in assignments if a.state in {"leased", "submitted"} and a.slot]
    assert len(held) == len(set(held))
    assert all(1 <= slot <= comparison.overlap for slot in held)
    orders = defaultdict(set)
    for assignment in assignments:
        if assignment.slot is not None:
            orders[assignment.slot].add(tuple(assignment.shown_order))
    assert spread([order for (order,) in orders.values()], comparison.k) <= 1
    for entry in free:
        orders[entry.slot].add(tuple(entry.shown_order))
    assert all(len(of_slot) == 1 for of_slot in orders.values()), "a slot changed its order"


def _check_people(assignments):
    assignments = [row for row in assignments if row.lane != "repeat"]
    busy = Counter(a.annotator_id for a in assignments if a.state in {"leased", "submitted"})
    assert not busy or max(busy.values()) == 1
    last = {}
    for assignment in assignments:
        before = last.get(assignment.annotator_id)
        # A surplus answer may come in beside a newer lease of the same person, which stays.
        assert before in {None, "expired", "released", "surplus"} or assignment.state != "leased"
        last[assignment.annotator_id] = assignment.state


def _check_waiting(comparison, assignments, free):
    """Every place is either free, once, or held."""
    held = {a.slot for a in assignments if a.state in {"leased", "submitted"} and a.slot}
    waiting = [entry.slot for entry in free]
    out = (comparison.held_at, comparison.withdrawn_at, comparison.settled_at)
    if any(moment is not None for moment in out):
        assert waiting == []
    else:
        assert sorted([*waiting, *held]) == list(range(1, comparison.overlap + 1))


def _check_judgments():
    newest = Judgment.objects.filter(superseded_by__isnull=True)
    judgments = list(newest.select_related("assignment", "comparison", "set_aside"))
    assert len({j.assignment_id for j in judgments}) == len(judgments)
    in_force = Counter()
    for judgment in judgments:
        is_out = hasattr(judgment, "set_aside")
        state = "surplus" if judgment.surplus else "set_aside" if is_out else "submitted"
        assert judgment.assignment.state == state
        if judgment.surplus or is_out or judgment.lane not in COUNTING_LANES:
            continue
        assert (judgment.assignment.slot is None) == bool(judgment.cannot_judge)
        in_force[judgment.comparison_id] += not judgment.cannot_judge
    answered = Assignment.objects.filter(state__in=["submitted", "surplus", "set_aside"]).count()
    assert answered == len(judgments), "an answer was lost"
    for comparison in Comparison.objects.filter(pk__in=in_force):
        assert in_force[comparison.pk] <= comparison.overlap
