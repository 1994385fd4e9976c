"""Large builds of comparisons, as a job of the default worker."""

from dataclasses import asdict
from typing import Any

from django.db import transaction

from annotation.comparisons.planning.choose import Rule
from annotation.comparisons.services import build_comparisons
from annotation.errors import DomainError
from annotation.models import Campaign, User
from jobs.errors import JobError
from jobs.models import Job
from jobs.runner import Context
from jobs.services import enqueue

KIND = "annotation.build"
# A build of this many comparisons takes seconds, which is too long for a web request.
LARGE = 5_000


def request_build(*, campaign: Campaign, rule: Rule, actor: User) -> Job:
    """Create the job of a build."""
    return enqueue(
        KIND,
        payload={"rule": asdict(rule)},
        subject=campaign.public_id,
        created_by=actor,
    )


def run_build(context: Context) -> dict[str, Any]:
    """Build what the job asks for. Idempotent: a second run adds nothing."""
    campaign = Campaign.objects.filter(public_id=str(context.job.subject)).first()
    if campaign is None:
        raise JobError("The campaign is gone.")
    context.progress(0, None, "Building comparisons")
    try:
        with transaction.atomic():
            context.hold()
            built = build_comparisons(
                campaign=campaign,
                rule=Rule(**context.payload["rule"]),
                actor=context.job.created_by,
            )
    except DomainError as refusal:
        raise JobError(str(refusal)) from refusal
    return {"comparisons": len(built.plan.chosen), "queued": built.n_queued}
