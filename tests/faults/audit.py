"""What the rows of a campaign say about the invariants of its queue and its answers."""

from collections import Counter, defaultdict
from itertools import count, takewhile

from annotation.models import (
    COUNTING_LANES,
    Assignment,
    Campaign,
    Comparison,
    Judgment,
    Membership,
    QueueEntry,
    ReferenceAnswer,
)
from jobs.models import Job
from tests.annotation.queue.orders import spread, tilt

LARGEST_LEAN = 20


def everything(slug):
    """Return the stored answers by client id, counts, and every broken invariant in words."""
    campaign = Campaign.objects.get(slug=slug)
    assignments = list(Assignment.objects.filter(campaign=campaign).order_by("pk"))
    judgments = list(
        Judgment.objects.filter(campaign=campaign).select_related("assignment", "rubric")
    )
    broken = [
        *_doubled(judgments),
        *_lost(assignments, judgments),
        *_overfull(campaign, judgments),
        *_misplaced(campaign, assignments),
        *_unbalanced(campaign, assignments),
        *_leaning(campaign, assignments),
        *_overworked(judgments),
    ]
    comparisons = Comparison.objects.filter(campaign=campaign)
    return {
        "answers": {str(j.client_id): _as_sent(j) for j in judgments},
        "broken": broken,
        "unfilled": _unfilled(campaign, judgments),
        "n_comparisons": comparisons.count(),
        "n_held": comparisons.filter(held_at__isnull=False).count(),
        "n_counted": sum(not j.surplus and not j.cannot_judge for j in judgments),
        "n_surplus": sum(j.surplus for j in judgments),
        "n_cannot_judge": sum(bool(j.cannot_judge) for j in judgments),
        "states": dict(Counter(a.state for a in assignments)),
        "n_free": QueueEntry.objects.filter(campaign=campaign).count(),
        "n_same_source": _same_source(assignments),
        "jobs": dict(Counter(f"{job.kind}: {job.state}" for job in Job.objects.all())),
        "job_errors": [job.error for job in Job.objects.filter(state="failed")],
        "jobs_taken_up_again": Job.objects.filter(attempts__gt=1).count(),
    }


def _as_sent(judgment):
    """Return an answer as its sender saw it: assignment, state, ranks and scores by position."""
    order = judgment.assignment.shown_order
    return {
        "judgment": str(judgment.public_id),
        "assignment": str(judgment.assignment.public_id),
        "state": "surplus" if judgment.surplus else "counted",
        "ranks": judgment.ranks and [judgment.ranks[at] for at in order],
        "scores": judgment.scores and [judgment.scores[at] for at in order],
        "cannot_judge": judgment.cannot_judge or None,
        "active_ms": judgment.active_ms,
    }


def _doubled(judgments):
    for name in ("client_id", "assignment_id"):
        counts = Counter(getattr(j, name) for j in judgments)
        yield from (f"{name} {one} is stored {n} times" for one, n in counts.items() if n > 1)
    per_person = Counter(
        (j.comparison_id, j.annotator_id) for j in judgments if not j.surplus and j.lane != "repeat"
    )
    for (comparison, person), n in per_person.items():
        if n > 1:
            yield f"person {person} has {n} answers in force to comparison {comparison}"


def _lost(assignments, judgments):
    by_assignment = {j.assignment_id: j for j in judgments}
    for assignment in assignments:
        judgment = by_assignment.get(assignment.pk)
        answered = assignment.state in {"submitted", "surplus"}
        if answered != (judgment is not None):
            yield f"assignment {assignment.pk} is {assignment.state}, its answer: {judgment}"
        elif judgment and judgment.surplus != (assignment.state == "surplus"):
            yield f"judgment {judgment.pk} and its assignment do not agree on surplus"


def _counting(judgments):
    return Counter(
        j.comparison_id
        for j in judgments
        if not j.surplus and not j.cannot_judge and j.lane in COUNTING_LANES
    )


def _overfull(campaign, judgments):
    n_counted = _counting(judgments)
    for comparison in Comparison.objects.filter(campaign=campaign):
        if n_counted[comparison.pk] > comparison.overlap:
            yield f"comparison {comparison.pk}: {n_counted[comparison.pk]} of {comparison.overlap}"


def _unfilled(campaign, judgments):
    """Return the comparisons in use that lack judgments."""
    n_counted = _counting(judgments)
    used = _not_references(campaign).filter(held_at__isnull=True, withdrawn_at__isnull=True)
    return [
        f"comparison {row.pk}: {n_counted[row.pk]} of {row.overlap}"
        for row in used
        if n_counted[row.pk] != row.overlap
    ]


def _not_references(campaign):
    """Return the comparisons that want judgments: an expected answer wants none."""
    standing = ReferenceAnswer.objects.filter(withdrawn_at__isnull=True)
    comparisons = Comparison.objects.filter(campaign=campaign)
    return comparisons.exclude(pk__in=standing.values("comparison"))


def _misplaced(campaign, assignments):
    """Every place of a comparison in use is exactly once free or held; of a held one never free."""
    places = defaultdict(list)
    free = QueueEntry.objects.filter(campaign=campaign, lane__in=COUNTING_LANES)
    for comparison_id, slot in free.values_list("comparison_id", "slot"):
        places[comparison_id].append(("free", slot))
    for row in assignments:
        if row.slot is not None and row.state in {"leased", "submitted"}:
            places[row.comparison_id].append((row.state, row.slot))
    for comparison in _not_references(campaign):
        mine = places[comparison.pk]
        slots = sorted(slot for _, slot in mine)
        if comparison.held_at or comparison.withdrawn_at:
            good = len(slots) == len(set(slots)) and not any(how == "free" for how, _ in mine)
        else:
            good = slots == list(range(1, comparison.overlap + 1))
        if not good:
            yield f"comparison {comparison.pk}, overlap {comparison.overlap}: places {mine}"


def _unbalanced(campaign, assignments):
    """A place keeps its order for ever; the first n places' positions differ by one at most."""
    orders = defaultdict(lambda: defaultdict(set))
    for row in assignments:
        if row.slot is not None:
            orders[row.comparison_id][row.slot].add(tuple(row.shown_order))
    free = QueueEntry.objects.filter(campaign=campaign, lane__in=COUNTING_LANES)
    for row in free:
        orders[row.comparison_id][row.slot].add(tuple(row.shown_order))
    for comparison_id, of_slot in orders.items():
        moved = {slot: found for slot, found in of_slot.items() if len(found) > 1}
        if moved:
            yield f"comparison {comparison_id}: places changed their order: {moved}"
            continue
        # A held comparison has lost its free places from the queue: up to the first gap.
        known = takewhile(lambda slot, of_slot=of_slot: slot in of_slot, count(1))
        firsts = [next(iter(of_slot[slot])) for slot in known]
        for n in range(1, len(firsts) + 1):
            if spread(firsts[:n], len(firsts[0])) > 1:
                yield f"comparison {comparison_id}: unbalanced over its first {n} places"


def _leaning(campaign, assignments):
    leans = Counter()
    serves = Counter(row.annotator_id for row in assignments)
    for row in assignments:
        leans[row.annotator_id] += tilt(row.shown_order)
    for member in Membership.objects.filter(campaign=campaign, role="annotator"):
        if (member.position_bias_sum, member.serves) != (
            leans[member.user_id],
            serves[member.user_id],
        ):
            yield (
                f"person {member.user_id}: lean {member.position_bias_sum}, serves {member.serves},"
                f" but the leases say {leans[member.user_id]} and {serves[member.user_id]}"
            )
        if abs(member.position_bias_sum) > LARGEST_LEAN:
            yield f"person {member.user_id} leans by {member.position_bias_sum}"


def _overworked(judgments):
    """Time at work lies within the lease, and a person's within the time that leases were open.

    Answers that one person sends side by side may be timed in another order than they are stored.
    """
    spans, totals = defaultdict(list), Counter()
    for row in judgments:
        span = (row.assignment.leased_at, max(row.created_at, row.assignment.leased_at))
        spans[row.annotator_id].append(span)
        totals[row.annotator_id] += row.worked_ms or 0
        room = (span[1] - span[0]).total_seconds() * 1_000
        claimed = row.active_ms or 0
        if (row.worked_ms or 0) > min(claimed, 600_000, room + 1):
            yield (
                f"judgment {row.pk} counts {row.worked_ms} ms of work: {claimed} were claimed,"
                f" {room:.0f} passed"
            )
    for person, total in totals.items():
        passed = _covered_ms(spans[person])
        if total > passed + len(spans[person]):
            yield f"person {person} counts {total} ms of work while {passed:.0f} passed"


def _covered_ms(spans):
    """Return the milliseconds that lie in any of the spans."""
    covered, until = 0.0, None
    for begin, end in sorted(spans):
        start = begin if until is None else max(begin, until)
        covered += max(0.0, (end - start).total_seconds() * 1_000)
        until = end if until is None else max(until, end)
    return covered


def _same_source(assignments):
    """Return how often a person got the same source twice in a row."""
    sources = dict(
        Comparison.objects.filter(pk__in={row.comparison_id for row in assignments}).values_list(
            "pk", "item__source_id"
        )
    )
    last, n_same = {}, 0
    for row in assignments:
        source = sources[row.comparison_id]
        n_same += last.get(row.annotator_id) == source
        last[row.annotator_id] = source
    return n_same
