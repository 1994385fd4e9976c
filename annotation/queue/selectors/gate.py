"""The gate of a campaign: training to pass before any other work."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext, ngettext

from annotation.common.hot_path import fetch_rows
from annotation.models import Campaign, Membership
from annotation.stats.intervals import wilson


@dataclass(frozen=True)
class GateProgress:
    """How far one annotator is. n_right: of the latest n_wanted answers; passed_at: None = not yet.

    low, high: Wilson's 95 % interval of the share right among those.
    """

    n_wanted: int
    percent: int
    n_answered: int
    n_right: int
    passed_at: datetime | None

    @property
    def n_counted(self) -> int:
        """The answers that the share is of."""
        return min(self.n_answered, self.n_wanted)

    @property
    def least_right(self) -> int:
        """How many of the latest answers have to be as expected."""
        return -(-self.n_wanted * self.percent // 100)

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval of the share as expected."""
        return wilson(self.n_right, self.n_counted)


def gate_progress(campaign: Campaign, member: Membership) -> GateProgress | None:
    """Return how far an annotator is with the campaign's gate; None where there is none."""
    if not campaign.gate_answers:
        return None
    query_params = [campaign.pk, member.user_id, campaign.gate_answers]
    ((n_answered, n_right),) = fetch_rows(
        "SELECT * FROM annotation_training_score(%s, %s, %s)", query_params
    )
    return GateProgress(
        campaign.gate_answers, campaign.gate_percent, n_answered, n_right, member.qualified_at
    )


def why_gate_is_shut(slug: str, annotator_id: int) -> str:
    """Return why an annotator who has not passed gets no more training, as a sentence."""
    member = Membership.objects.select_related("campaign").get(
        campaign__slug=slug, user=annotator_id, role=Membership.Role.ANNOTATOR
    )
    progress = gate_progress(member.campaign, member)
    if progress is None or progress.n_answered < progress.n_wanted:
        return gettext(
            "This campaign begins with training, and none is left for you now. A lead can add"
            " some, or let you start without it."
        )
    right = ngettext(
        "%(n)s of your last %(of)s training answers is as expected; it takes %(least)s to begin.",
        "%(n)s of your last %(of)s training answers are as expected; it takes %(least)s to begin.",
        progress.n_right,
    ) % {"n": progress.n_right, "of": progress.n_wanted, "least": progress.least_right}
    return f"{right} {gettext('No training is left. A lead can let you start without it.')}"
