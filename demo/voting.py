"""How much of a demo's campaign the simulated experts judge."""

import math
from collections.abc import Callable

from django.db.models import Sum

from annotation.models import Campaign, Comparison, Judgment
from demo.experts import PERSONAS
from demo.simulation import simulate
from demo.truth import Truth

# Share of the wanted judgments that is simulated for a folder whose manifest has `known_best`.
SHARE = 0.7


def share_of_wanted(campaign: Campaign, truth: Truth) -> int:
    """Return how many judgments to simulate in a campaign of somebody's own pictures.

    None at all where nothing is known about the candidates: invented answers would mix with real
    ones.
    """
    if not (truth.by_edit or truth.by_image):
        return 0
    wanted = Comparison.objects.filter(campaign=campaign).aggregate(n=Sum("overlap"))["n"] or 0
    return math.floor(wanted * SHARE)


def judge_until(
    campaign: Campaign,
    n_judgments: int,
    *,
    truth: Truth,
    seed: int,
    progress: Callable[[int], None] | None = None,
) -> None:
    """Let the simulated experts judge until there are so many judgments of theirs.

    progress(n): the number so far, after each. An interrupted run goes on where it stopped.
    """
    names = [persona.name for persona in PERSONAS]
    done = Judgment.objects.filter(campaign=campaign, annotator__username__in=names).count()
    if n_judgments > done:
        simulate(
            campaign=campaign,
            personas=PERSONAS,
            n_judgments=n_judgments - done,
            seed=seed,
            truth=truth,
            progress=(lambda n: progress(done + n)) if progress else None,
        )
