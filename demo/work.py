"""The rest of a demo as a job of the default worker, so that its pages answer meanwhile."""

import time
from typing import Any

from django.conf import settings

from annotation.errors import DomainError
from annotation.models import Campaign, User
from config.embedded.locks import locked
from demo.campaign import is_ready
from demo.making import Maker
from demo.plan import Plan
from jobs.errors import JobError
from jobs.runner import Context
from jobs.selectors import running_on
from jobs.services import enqueue

KIND = "demo.complete"
LOCK = "create_demo.lock"


def request_completion(plan: Plan, *, campaign: Campaign, lead: User) -> None:
    """Queue the job, unless the demo is complete or its job is waiting or running."""
    if is_ready(campaign.slug):
        return
    if not any(each.job.kind == KIND for each in running_on(campaign.public_id)):
        payload = plan.as_json() | {"campaign": str(campaign.public_id), "lead": lead.pk}
        enqueue(KIND, payload=payload, subject=campaign.public_id, created_by=lead)


def run_completion(context: Context) -> dict[str, Any]:
    """Job handler: add what a demo's campaign lacks. A retry after a dead worker goes on."""
    plan = Plan.from_json(context.payload)
    campaign = Campaign.objects.get(public_id=context.payload["campaign"])
    lead = User.objects.get(pk=context.payload["lead"])
    try:
        with locked(settings.VAR_DIR / LOCK):
            maker = Maker(plan, settings.VAR_DIR)
            maker.complete(campaign, lead=lead, report=_Throttled(context).report)
    except (DomainError, ValueError) as refusal:
        raise JobError(str(refusal)) from None
    return {"campaign": campaign.slug}


class _Throttled:
    """Passes on one report per second: each is a write."""

    def __init__(self, context: Context) -> None:
        self._context, self._at = context, 0.0

    def report(self, done: int, total: int, message: str) -> None:
        now = time.monotonic()
        if now - self._at >= 1:
            self._at = now
            self._context.progress(done, total, message)
