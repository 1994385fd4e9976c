"""What leases and submits would have counted, and the slots that they would have taken."""

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
from django.db import connection
from django.db.models import F, Value
from django.db.models.functions import Coalesce, Least

from annotation.models import Campaign, Judgment, Membership, User
from demo.bulk.answers import Answers
from demo.bulk.work import NONE, IntArray


def free_no_more(answers: Answers) -> None:
    """Take the slots that were answered out of the queue; golds stay."""
    entries = answers.entry[answers.slot != NONE].tolist()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM annotation_queueentry WHERE id = ANY (%s)", [entries])


def write_counters(campaign: Campaign, users: Sequence[User], answers: Answers) -> None:
    """Set the counters of each person, and what repeats were drawn from.

    Nobody became a member after the first answer.
    """
    serves = np.bincount(answers.person, minlength=len(users))
    bias = np.bincount(answers.person, _offsets(answers), minlength=len(users)).astype(int)
    first = {int(at): index for index, at in reversed(list(enumerate(answers.person)))}
    last = {int(at): index for index, at in enumerate(answers.person)}
    members = Membership.objects.filter(campaign=campaign, role=Membership.Role.ANNOTATOR)
    for at, user in enumerate(users):
        if serves[at]:
            begin = datetime.fromtimestamp(answers.leased[first[at]] / 1e6, tz=UTC)
            members.filter(user=user).update(
                serves=F("serves") + int(serves[at]),
                position_bias_sum=F("position_bias_sum") + int(bias[at]),
                last_source=int(answers.source[last[at]]),
                created_at=Least("created_at", begin),
                qualified_at=Coalesce("qualified_at", Value(begin)),
            )
    newest = Judgment.objects.filter(campaign=campaign).order_by("-pk").values_list("pk", flat=True)
    if campaign.repeat_percent:
        Campaign.objects.filter(pk=campaign.pk).update(repeats_drawn_to=newest[0])


def _offsets(answers: Answers) -> IntArray:
    """Return the position of the canonically first candidate from the middle, times two, (n,)."""
    found: IntArray = 2 * (answers.shown == 0).argmax(axis=1) - (answers.k - 1)
    return found
