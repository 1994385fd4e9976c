"""Sensitive items: reported by the people who judge, decided by a lead."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now, TruncDay
from django.http import Http404

from annotation.answers.parsing import parse_reason
from annotation.common.access import assignment_for, roles_in
from annotation.common.events import record
from annotation.errors import DomainError, InvalidAnswer
from annotation.items.services.items import withdraw_item
from annotation.models import CampaignEvent, Item, ItemReport, User
from annotation.queue.selectors.standing import WORKING_ROLES

KEEP, CLEAR, WITHDRAW = "keep", "clear", "withdraw"
DECISIONS = (KEEP, CLEAR, WITHDRAW)
# The public reason of a reported item until a lead sets another. Only leads see a reporter's text,
# since it could bias the next person's judgment.
REPORTED = "reported by somebody"
# So many people have to report an item before others see an effect: one person alone could hide
# the queue from everybody.
REPORTERS_NEEDED = 2
# Reports of one person in a day (UTC).
REPORTS_A_DAY = 10


@transaction.atomic
def report_item(*, assignment_public_id: UUID, annotator: User, reason: Any) -> None:
    """Report the pictures of a person's own assignment to the leads as disturbing.

    With open reports of REPORTERS_NEEDED people the item becomes sensitive, with the reason
    REPORTED if it had none; before, only leads know. A second report of the same person while the
    first is open changes nothing, nor does a report of an item out of use. Raises InvalidAnswer
    naming the reason, also beyond REPORTS_A_DAY; Http404 for an assignment that is not the
    person's.
    """
    parsed = parse_reason(reason, "reason")
    assignment = assignment_for(annotator, assignment_public_id)
    if not roles_in(annotator, assignment.campaign).intersection(WORKING_ROLES):
        raise Http404("No such assignment.")
    item = Item.objects.select_for_update(no_key=True).get(pk=assignment.comparison.item_id)
    if item.withdrawn_at is not None:
        return
    mine = ItemReport.objects.filter(item=item, reporter=annotator, resolved_at__isnull=True)
    if mine.exists():
        return
    today = ItemReport.objects.filter(reporter=annotator, created_at__gte=TruncDay(Now()))
    if today.count() >= REPORTS_A_DAY:
        raise InvalidAnswer(
            "reason", f"You reported {REPORTS_A_DAY} items today. Skip this one, and tell a lead."
        )
    ItemReport.objects.create(item=item, reporter=annotator, reason=parsed)
    if len(_open(item)) >= REPORTERS_NEEDED:
        Item.objects.filter(pk=item.pk, sensitive="").update(sensitive=REPORTED)
    detail = {"item": str(item.public_id), "reason": parsed}
    record(assignment.campaign, annotator, "item_reported", **detail)


@transaction.atomic
def resolve_reports(*, item: Item, decision: str, actor: User | None) -> CampaignEvent:
    """Close an item's open reports: keep it sensitive, clear the mark, or withdraw the item.

    Raises DomainError for another decision, and where nothing is open; then nothing changed.
    """
    if decision not in DECISIONS:
        raise DomainError(f"The decision is one of {', '.join(DECISIONS)}.")
    # Lock the campaign first, as everywhere: withdrawing needs this lock.
    if decision == WITHDRAW and _open(item):
        withdraw_item(item=item, reason=f"Reported: {_open(item)[0].reason}", actor=actor)
    fresh = Item.objects.select_for_update(no_key=True).get(pk=item.pk)
    reports = _open(fresh)
    if not reports:
        raise DomainError("This item has no open report.")
    if decision == KEEP:
        Item.objects.filter(pk=fresh.pk, sensitive="").update(sensitive=REPORTED)
        fresh.refresh_from_db(fields=["sensitive"])
    elif decision == CLEAR:
        Item.objects.filter(pk=fresh.pk).update(sensitive="")
    ItemReport.objects.filter(pk__in=[report.pk for report in reports]).update(
        resolved_at=Now(), resolved_by=actor
    )
    return record(
        fresh.campaign,
        actor,
        "reports_resolved",
        item=str(fresh.public_id),
        decision=decision,
        n=len(reports),
        sensitive=fresh.sensitive,
    )


def _open(item: Item) -> list[ItemReport]:
    return list(ItemReport.objects.filter(item=item, resolved_at__isnull=True).order_by("pk"))
