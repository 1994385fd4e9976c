"""The people of a campaign, with their roles and what they did."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Max, Q
from django.db.models.functions import Now
from django.http import Http404

from annotation.answers.in_force import judgments_in_force
from annotation.models import Assignment, Campaign, Judgment, Membership, User

Role = Membership.Role


@dataclass
class PersonLine:
    """One person: roles held now, and what they answered. pseudonym: of the annotator role."""

    user: User
    roles: list[str]
    pseudonym: UUID | None = None
    paused_at: datetime | None = None
    # Judgments in force, and all answers of every lane; a changed answer is one.
    n_judgments: int = 0
    n_answers: int = 0
    n_open: int = 0
    last_at: datetime | None = None
    # Of a role that judges; empty = everything.
    judges_as: UUID | None = None
    categories: list[str] = field(default_factory=list)
    languages: list[str] = field(default_factory=list)

    @property
    def role_names(self) -> str:
        """The roles in words, in their order."""
        return ", ".join(str(role.label).lower() for role in Role if role in self.roles)

    @property
    def other_roles(self) -> list[tuple[str, str]]:
        """The roles the person could still be given: value and label."""
        return [(role.value, str(role.label)) for role in Role if role not in self.roles]

    @property
    def own_roles(self) -> list[tuple[str, str]]:
        """The roles the person has: value and label."""
        return [(role.value, str(role.label)) for role in Role if role in self.roles]


def people_of(campaign: Campaign) -> list[PersonLine]:
    """Return everyone with a role now, by name. Four queries, whatever the size."""
    lines: dict[int, PersonLine] = {}
    members = Membership.objects.filter(campaign=campaign, removed_at__isnull=True)
    for member in members.select_related("user").order_by("user__username"):
        line = lines.setdefault(member.user_id, PersonLine(member.user, []))
        line.roles.append(member.role)
        if member.role == Role.ANNOTATOR:
            line.pseudonym, line.paused_at = member.pseudonym, member.paused_at
        if member.role != Role.LEAD:
            line.judges_as = line.pseudonym or member.pseudonym
            line.categories, line.languages = member.categories, member.languages
    _count_answers(campaign, lines)
    leases = Assignment.objects.filter(
        campaign=campaign, state=Assignment.State.LEASED, expires_at__gt=Now()
    )
    for user_id, n in leases.values_list("annotator").annotate(n=Count("pk")).order_by():
        if user_id in lines:
            lines[user_id].n_open = n
    return list(lines.values())


def _count_answers(campaign: Campaign, lines: dict[int, PersonLine]) -> None:
    judged = (
        judgments_in_force([campaign.pk])
        .values_list("annotator")
        .annotate(n=Count("pk"))
        .order_by()
    )
    for user_id, n in judged:
        if user_id in lines:
            lines[user_id].n_judgments = n
    answered = (
        Judgment.objects.filter(campaign=campaign)
        .values_list("annotator")
        .annotate(n=Count("pk", filter=Q(supersedes__isnull=True)), last=Max("created_at"))
        .order_by()
    )
    for user_id, n, last in answered:
        if user_id in lines:
            lines[user_id].n_answers, lines[user_id].last_at = n, last


def judging_member(campaign: Campaign, pseudonym: UUID) -> Membership:
    """Return the membership of somebody who judges in a campaign fetched for its lead."""
    member = (
        Membership.objects.filter(campaign=campaign, pseudonym=pseudonym, removed_at__isnull=True)
        .exclude(role=Role.LEAD)
        .select_related("user")
        .first()
    )
    if member is None:
        raise Http404("No such person.")
    return member


def person_in(campaign: Campaign, username: str) -> User:
    """Return a person who has or had a role in a campaign that was fetched for its lead."""
    # No name holds a NUL, and PostgreSQL refuses to compare with one.
    named = User.objects.none() if "\0" in username else User.objects.filter(username=username)
    user = named.filter(memberships__campaign=campaign).first()
    if user is None:
        raise Http404("No such person.")
    return user
