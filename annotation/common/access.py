"""The only way to fetch a row for a person. A row that the person may not see is a 404."""

from uuid import UUID

from django.http import Http404

from annotation.models import (
    Assignment,
    Campaign,
    Candidate,
    Comparison,
    Export,
    ImportBatch,
    Item,
    Judgment,
    LookAlike,
    Membership,
    User,
)
from jobs.models import Job

Role = Membership.Role


def roles_in(user: User, campaign: Campaign) -> set[str]:
    """Return the roles a person has in a campaign now. A superuser leads every campaign."""
    roles = set(
        Membership.objects.filter(
            campaign=campaign, user_id=user.pk, removed_at__isnull=True
        ).values_list("role", flat=True)
    )
    if user.is_superuser:
        roles.add(Role.LEAD)
    return roles


def may_create_campaigns(user: User) -> bool:
    """Whether a person may start a campaign: staff, and whoever leads one already."""
    led = Membership.objects.filter(user_id=user.pk, role=Role.LEAD, removed_at__isnull=True)
    return user.is_staff or user.is_superuser or led.exists()


def may_see_whole_log(user: User) -> bool:
    """Whether a person may read the audit log of all accounts and campaigns."""
    return user.has_perm("annotation.view_campaignevent")


def campaigns_for(user: User) -> list[tuple[Campaign, set[str]]]:
    """Return every campaign a person has a role in, newest first, with the roles."""
    found: dict[int, set[str]] = {}
    if user.is_superuser:
        found = {pk: {str(Role.LEAD)} for pk in Campaign.objects.values_list("pk", flat=True)}
    for campaign_id, role in Membership.objects.filter(
        user_id=user.pk, removed_at__isnull=True
    ).values_list("campaign_id", "role"):
        found.setdefault(campaign_id, set()).add(role)
    campaigns = Campaign.objects.filter(pk__in=found).order_by("-created_at", "-id")
    return [(campaign, found[campaign.pk]) for campaign in campaigns]


def campaign_for(user: User, slug: str, *roles: str) -> Campaign:
    """Return a campaign in which the person has one of the roles (any role when none is named)."""
    campaign = Campaign.objects.filter(slug=slug).first()
    if campaign is None:
        raise Http404("No such campaign.")
    held = roles_in(user, campaign)
    if not held or (roles and not held & set(roles)):
        raise Http404("No such campaign.")
    return campaign


def campaign_led_by(user: User, slug: str) -> Campaign:
    """Return a campaign the person leads."""
    return campaign_for(user, slug, Role.LEAD)


def find_campaign(slug: str) -> Campaign | None:
    """Return a campaign for management commands, which check no permissions."""
    return Campaign.objects.filter(slug=slug).first()


def find_user(username: str) -> User | None:
    """Return an active account for management commands."""
    return User.objects.filter(username=username, is_active=True).first()


def assignment_for(user: User, public_id: UUID) -> Assignment:
    """Return a person's own assignment."""
    assignment = (
        Assignment.objects.filter(public_id=public_id, annotator_id=user.pk)
        .select_related("campaign", "comparison__item__source", "rubric")
        .first()
    )
    if assignment is None:
        raise Http404("No such assignment.")
    return assignment


def judgment_for(user: User, public_id: UUID) -> Judgment:
    """Return a person's own judgment, with its assignment."""
    judgment = (
        Judgment.objects.filter(public_id=public_id, annotator_id=user.pk)
        .select_related("assignment")
        .first()
    )
    if judgment is None:
        raise Http404("No such judgment.")
    return judgment


def item_for_lead(campaign: Campaign, public_id: UUID) -> Item:
    """Return an item of a campaign that was fetched for its lead."""
    item = Item.objects.filter(campaign=campaign, public_id=public_id).first()
    if item is None:
        raise Http404("No such item.")
    return item


def look_alike_for_lead(campaign: Campaign, public_id: UUID) -> LookAlike:
    """Return a pair of look-alikes of a campaign that was fetched for its lead."""
    found = LookAlike.objects.filter(item__campaign=campaign, public_id=public_id).first()
    if found is None:
        raise Http404("No such pair.")
    return found


def candidate_for_lead(campaign: Campaign, public_id: UUID) -> Candidate:
    """Return a candidate of a campaign that was fetched for its lead."""
    candidate = Candidate.objects.filter(item__campaign=campaign, public_id=public_id).first()
    if candidate is None:
        raise Http404("No such candidate.")
    return candidate


def comparison_for_lead(campaign: Campaign, public_id: UUID) -> Comparison:
    """Return a comparison of a campaign that was fetched for its lead."""
    comparison = Comparison.objects.filter(campaign=campaign, public_id=public_id).first()
    if comparison is None:
        raise Http404("No such comparison.")
    return comparison


def import_for_lead(campaign: Campaign, public_id: UUID) -> ImportBatch:
    """Return an import of a campaign that was fetched for its lead."""
    batch = ImportBatch.objects.filter(campaign=campaign, public_id=public_id).first()
    if batch is None:
        raise Http404("No such import.")
    return batch


def export_for_lead(campaign: Campaign, public_id: UUID) -> Export:
    """Return an export of a campaign that was fetched for its lead."""
    export = Export.objects.filter(snapshot__campaign=campaign, public_id=public_id).first()
    if export is None:
        raise Http404("No such export.")
    return export


def may_see_job(user: User, job: Job) -> bool:
    """Whether a person may watch a job: the leads of its campaign; without one, who started it."""
    campaign = Campaign.objects.filter(public_id=job.subject).first() if job.subject else None
    if campaign is None:
        return job.created_by_id == user.pk
    return Role.LEAD in roles_in(user, campaign)
