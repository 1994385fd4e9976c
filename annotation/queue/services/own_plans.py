"""Each annotator's own order of the lanes, drawn in secret: nobody can tell which serve is a gold.

An own plan is the campaign's plan of fifty serves in another order. It repeats every fifty serves,
so that any fifty in a row still hold each lane exactly as often as its share says.
"""

import secrets
from collections.abc import Sequence
from random import Random

from annotation.models import Campaign, Lane, Membership


def own_plan(plan: Sequence[str], generator: Random | None = None) -> list[str]:
    """Return a plan in random order, in which no gold follows a gold, also from end to beginning.

    With golds in more than half of the plan that is impossible, and the order is any. generator:
    for tests; else the operating system's.
    """
    drawn = generator or secrets.SystemRandom()
    others = [lane for lane in plan if lane != Lane.GOLD]
    drawn.shuffle(others)
    n_golds = len(plan) - len(others)
    if n_golds > len(others):
        mixed = list(plan)
        drawn.shuffle(mixed)
        return mixed
    # A gold and the serve after it are one block. Blocks and single serves are put in any order.
    golds = set(drawn.sample(range(len(others)), n_golds))
    ordered = [
        part
        for at, lane in enumerate(others)
        for part in ([Lane.GOLD, lane] if at in golds else [lane])
    ]
    turn = drawn.randrange(len(ordered)) if ordered else 0
    return [str(lane) for lane in ordered[turn:] + ordered[:turn]]


def draw_own_plans(campaign: Campaign) -> None:
    """Draw a new plan for every annotator of a campaign, from its present plan."""
    members = list(Membership.objects.filter(campaign=campaign, role=Membership.Role.ANNOTATOR))
    for member in members:
        member.own_plan = own_plan(campaign.lane_plan)
    Membership.objects.bulk_update(members, ["own_plan"], batch_size=500)
