"""How much is left for one person, without revealing the lane of any serve.

An exact count of open comparisons would fall with every counting serve and stay the same when a
gold, a training or a repeat is served. This count falls by one with every serve of any lane.
"""

from collections import Counter
from fractions import Fraction

from django.db.models import Count, Exists, OuterRef, Q
from django.utils.translation import gettext

from annotation.models import COUNTING_LANES, Assignment, Campaign, Lane, ReferenceAnswer, User
from annotation.queue.selectors.queue import NEVER_AGAIN, count_open

#: (below, step): a number below the first is rounded to the step.
STEPS = ((100, 10), (500, 50))
FEW = 10
MANY = 500
# Counting stops here, far enough above MANY that the exact count could not matter.
COUNT_TO = 2 * MANY
USES = {Lane.GOLD: ReferenceAnswer.Use.GOLD, Lane.TRAINING: ReferenceAnswer.Use.TRAINING}


def remaining(campaign: Campaign, annotator: User) -> int:
    """Return about how many answers are left for a person: rounded to STEPS, at most MANY.

    FEW / 2 means: fewer than FEW, possibly none.

    The count is all that a person may be served, less what was served. The first number does not
    change when an open comparison is served; the second counts every serve. Three queries.
    """
    n_open = count_open(campaign, annotator, at_most=COUNT_TO)
    if n_open == COUNT_TO:
        return MANY
    served = Assignment.objects.filter(
        campaign=campaign, annotator=annotator, state__in=NEVER_AGAIN
    ).exclude(lane=Lane.ADJUDICATION)
    counts = served.aggregate(
        n=Count("pk"),
        counting=Count("comparison", filter=Q(lane__in=COUNTING_LANES), distinct=True),
    )
    left = _all_for(campaign, annotator, counts["counting"] + n_open) - counts["n"]
    return _rounded(left)


def remaining_in_words(n: int) -> str:
    """Return a result of `remaining` as a person reads it."""
    if n >= MANY:
        return gettext("more than %(n)d left for you") % {"n": MANY}
    if n < FEW:
        return gettext("fewer than %(n)d left for you") % {"n": FEW}
    return gettext("about %(n)d left for you") % {"n": n}


def _all_for(campaign: Campaign, annotator: User, n_counting: int) -> int:
    """Return how many serves contain this many counting ones, by the campaign's lane shares.

    A gold that the person judged before it was one is never served to them again.
    """
    plan = Counter(campaign.lane_plan)
    n_planned = sum(plan[lane] for lane in COUNTING_LANES)
    if not n_planned:
        return n_counting
    per_counting = Fraction(n_counting, n_planned)
    judged = Assignment.objects.filter(
        comparison=OuterRef("comparison"),
        annotator=annotator,
        lane__in=COUNTING_LANES,
        state__in=NEVER_AGAIN,
    )
    references = ReferenceAnswer.objects.filter(
        ~Exists(judged), comparison__campaign=campaign, withdrawn_at__isnull=True
    )
    there = dict(references.values_list("use").annotate(n=Count("pk")).order_by())
    total = Fraction(n_counting) + plan[Lane.REPEAT] * per_counting
    for lane, use in USES.items():
        total += min(Fraction(there.get(use, 0)), plan[lane] * per_counting)
    return round(total)


def _rounded(left: int) -> int:
    if left < FEW:
        return FEW // 2
    for below, step in STEPS:
        if left < below:
            return step * ((left + step // 2) // step)
    return MANY
