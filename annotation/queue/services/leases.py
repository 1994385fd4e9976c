"""Lease the next comparisons to one annotator, in one statement: annotation/sql/lease.sql."""

from dataclasses import dataclass

from django.http import Http404
from django.utils.translation import gettext_lazy

from annotation.answers.context import AnswerContext, remember_context
from annotation.common.hot_path import fetch_rows
from annotation.models import Assignment, Campaign, User
from annotation.queue.selectors import queue as waiting_work
from annotation.queue.selectors.gate import why_gate_is_shut
from annotation.queue.selectors.work import Lease

MAX_AHEAD = 3
# For a person who asks for work to take along where the line breaks.
MAX_AHEAD_OFFLINE = 6
CAPPED_TODAY = gettext_lazy(
    "You have reached the number of answers for today. Thank you; come back tomorrow."
)
ONLY_SENSITIVE = gettext_lazy(
    "All that is left for you here is marked as sensitive, and you chose never to be shown such"
    " pictures. Choose to have them blurred if you want to go on."
)
CAPPED = gettext_lazy(
    "You have given all the answers that this campaign asks of one person. Thank you."
)

# What ends a person's work, with the sentence about it.
ENDS = {"capped_today": CAPPED_TODAY, "capped": CAPPED, "closed": ""}


@dataclass(frozen=True)
class LeaseResult:
    """Live leases, oldest first; when there are none, the reason.

    reason: None, "waiting" (others hold what is left), "done", "paused" or "not_qualified".
    detail: a sentence for the person where the reason alone says too little.
    """

    leases: list[Lease]
    reason: str | None
    detail: str = ""

    @property
    def assignments(self) -> list[Assignment]:
        """The leases' rows, with what `selectors.work.work_of` needs. One query."""
        rows = waiting_work.ready_to_show().in_bulk([lease.pk for lease in self.leases])
        return [rows[lease.pk] for lease in self.leases]


def lease_next(*, campaign: Campaign, annotator: User, ahead: int = 1) -> LeaseResult:
    """Return the person's live leases and new ones, `ahead` (1 to 6) in all where there is work.

    Raises ValueError for another `ahead`.
    """
    return lease_by_slug(slug=campaign.slug, annotator_id=annotator.pk, ahead=ahead)


def lease_by_slug(*, slug: str, annotator_id: int, ahead: int = 1) -> LeaseResult:
    """Do what `lease_next` does, for a campaign's name. Raises Http404 where there is none.

    Also Http404 where the person has no role in the campaign.
    """
    if not 1 <= ahead <= MAX_AHEAD_OFFLINE:
        raise ValueError(f"ahead must be from 1 to {MAX_AHEAD_OFFLINE}, not {ahead}")
    # A retry returns the leases that the first try made.
    rows = fetch_rows("SELECT * FROM annotation_lease(%s, %s, %s)", [slug, annotator_id, ahead])
    refusal = rows[0][0] if rows else "nothing"
    if refusal is None:
        leases = [Lease(*row[1:]) for row in rows]
        for lease in leases:
            context = AnswerContext(lease.pk, lease.rubric_id, tuple(lease.shown_order), slug)
            remember_context(lease.public_id, annotator_id, context)
        return LeaseResult(leases, None)
    if refusal == "not_found":
        raise Http404("No such campaign.")
    return _nothing(refusal, slug, annotator_id)


def _nothing(refusal: str, slug: str, annotator_id: int) -> LeaseResult:
    if refusal in ENDS:
        return LeaseResult([], "done", str(ENDS[refusal]))
    if refusal == "gate":
        return LeaseResult([], "not_qualified", why_gate_is_shut(slug, annotator_id))
    if refusal == "nothing":
        why = waiting_work.why_nothing_waits(slug, annotator_id)
        if why == "sensitive":
            return LeaseResult([], "not_qualified", str(ONLY_SENSITIVE))
        return LeaseResult([], why)
    return LeaseResult([], refusal)
