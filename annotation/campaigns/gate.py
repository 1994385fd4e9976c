"""What a new or larger gate needs, and whom it leaves alone."""

from django.db.models import Exists, OuterRef
from django.db.models.functions import Now

from annotation.errors import InvalidSetting
from annotation.models import (
    COUNTING_LANES,
    Campaign,
    Judgment,
    Membership,
    ReferenceAnswer,
)


def check_gate(campaign: Campaign) -> None:
    """Raise InvalidSetting where a gate asks for more training than there is."""
    standing = ReferenceAnswer.objects.filter(
        campaign=campaign,
        use=ReferenceAnswer.Use.TRAINING,
        withdrawn_at__isnull=True,
        comparison__withdrawn_at__isnull=True,
    )
    n_there = standing.count()
    if campaign.gate_answers > n_there:
        raise InvalidSetting(
            "gate_answers",
            f"There are {n_there} training comparisons, fewer than {campaign.gate_answers}: add"
            " some under Reference answers first.",
        )


def let_go_on(campaign: Campaign) -> int:
    """Count as qualified who has judged already; return how many people these are."""
    judged = Judgment.objects.filter(
        campaign=campaign, annotator=OuterRef("user"), lane__in=COUNTING_LANES
    )
    members = Membership.objects.filter(
        Exists(judged),
        campaign=campaign,
        role=Membership.Role.ANNOTATOR,
        qualified_at__isnull=True,
    )
    return members.update(qualified_at=Now())
