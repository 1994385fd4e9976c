"""When a comparison has enough judgments: ask one more person, or nobody else."""

import hashlib
from collections.abc import Sequence

from django.db import transaction

from annotation.models import Campaign
from annotation.services.places import lock_comparisons


def wanted_overlap(campaign: Campaign, candidate_ids: Sequence[int]) -> int:
    """Return the judgments a new comparison gets: the full overlap on the campaign's share of them.

    The rest get one. Drawn by hash of the campaign's seed, so that a build can be repeated.
    """
    text = f"{campaign.seed}:overlap:{','.join(map(str, candidate_ids))}"
    draw = int(hashlib.sha256(text.encode()).hexdigest()[:13], 16) / 2**52
    return campaign.overlap if draw * 100 < campaign.overlap_share else 1


@transaction.atomic
def settle(*, comparison_id: int) -> None:
    """Apply the campaign's rules after an answer to one of its comparisons."""
    lock_comparisons([comparison_id])
