"""The people of a campaign: who they are, what they may do, what they did."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from annotation.common.access import campaign_for, campaign_led_by
from annotation.common.refusals import put_refusal
from annotation.common.who import signed_in
from annotation.errors import DomainError
from annotation.models import Campaign
from annotation.people.forms import InviteForm, SkillsForm
from annotation.people.link_views import address_of_link
from annotation.people.links import invite, make_reset_link, open_invitations, withdraw
from annotation.people.messages import appeal, message_in, messages_to
from annotation.people.selectors import judging_member, people_of, person_in
from annotation.people.services import (
    give_role,
    pause_annotator,
    remove_role,
    resume_annotator,
)
from annotation.people.skills import set_skills
from annotation.references.golds import gold_by_person


@never_cache
@require_http_methods(["GET", "POST"])
@login_required
def people(request: HttpRequest, slug: str) -> HttpResponse:
    """List the people, and invite one. The response to the form shows the link, only once."""
    user = signed_in(request)
    found = campaign_led_by(user, slug)
    form = InviteForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            secret = invite(campaign=found, actor=user, **form.cleaned_data)
        except DomainError as refusal:
            put_refusal(form, refusal)
        else:
            shown = {"link": address_of_link(request, secret), "link_joins": True}
            return _page(request, found, InviteForm(), **shown)
    return _page(request, found, form)


@never_cache
@require_POST
@login_required
def people_reset_link(request: HttpRequest, slug: str) -> HttpResponse:
    """Make a link by which a person sets a new password, and show it once."""
    user = signed_in(request)
    found = campaign_led_by(user, slug)
    person = person_in(found, request.POST.get("username", ""))
    try:
        secret = make_reset_link(campaign=found, user=person, actor=user)
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect("people", slug)
    shown = {"link": address_of_link(request, secret), "link_for": person.username}
    return _page(request, found, InviteForm(), **shown)


@require_POST
@login_required
def invitation_withdraw(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    """End an invitation that nobody has used."""
    user = signed_in(request)
    found = campaign_led_by(user, slug)
    withdraw(campaign=found, public_id=public_id, actor=user)
    messages.success(request, "The invitation is withdrawn.")
    return redirect("people", slug)


def _page(request: HttpRequest, found: Campaign, form: InviteForm, **shown: object) -> HttpResponse:
    lines = people_of(found)
    context = {
        "campaign": found,
        "form": form,
        "people": lines,
        "has_annotators": any(line.pseudonym for line in lines),
        "golds": {str(pk): gold for pk, gold in gold_by_person(found).items()},
        "invitations": open_invitations(found),
        "section": "people",
        **shown,
    }
    status = 422 if form.is_bound else 200
    return render(request, "people/people.html", context, status=status)


@require_POST
@login_required
def people_role(request: HttpRequest, slug: str) -> HttpResponse:
    """Give a person a role, or remove one."""
    user = signed_in(request)
    found = campaign_led_by(user, slug)
    person = person_in(found, request.POST.get("username", ""))
    role = request.POST.get("role", "")
    change = remove_role if request.POST.get("action") == "remove" else give_role

    def act() -> None:
        change(campaign=found, user=person, role=role, actor=user)

    done = f"{person.username}: the role {role} was "
    done += "removed." if change is remove_role else "given."
    return _done(request, found, act, done)


@require_POST
@login_required
def people_pause(request: HttpRequest, slug: str) -> HttpResponse:
    """Pause an annotator with a reason, or resume one."""
    user = signed_in(request)
    found = campaign_led_by(user, slug)
    person = person_in(found, request.POST.get("username", ""))
    if request.POST.get("action") == "resume":
        return _done(
            request,
            found,
            lambda: resume_annotator(campaign=found, user=person, actor=user),
            f"{person.username} gets work again.",
        )
    reason = request.POST.get("reason", "")
    return _done(
        request,
        found,
        lambda: pause_annotator(campaign=found, user=person, reason=reason, actor=user),
        f"{person.username} is paused.",
    )


@require_http_methods(["GET", "POST"])
@login_required
def people_skills(request: HttpRequest, slug: str, pseudonym: UUID) -> HttpResponse:
    """Show and set the categories and languages a person is asked about."""
    user = signed_in(request)
    found = campaign_led_by(user, slug)
    member = judging_member(found, pseudonym)
    form = SkillsForm(member, request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            set_skills(campaign=found, user=member.user, actor=user, **form.cleaned_data)
        except DomainError as refusal:
            put_refusal(form, refusal)
        else:
            messages.success(request, f"{member.user.username}: what they are asked about was set.")
            return redirect("people", slug)
    context = {"campaign": found, "person": member.user, "form": form, "section": "people"}
    status = 422 if form.is_bound else 200
    return render(request, "people/people_skills.html", context, status=status)


def _done(
    request: HttpRequest, found: Campaign, act: Callable[[], None], message: str
) -> HttpResponse:
    try:
        act()
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, message)
    return redirect("people", found.slug)


@require_GET
@login_required
def person_messages(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a person the messages about their work, which they may appeal against."""
    user = signed_in(request)
    found = campaign_for(user, slug)
    context = {"campaign": found, "person_messages": messages_to(found, user)}
    return render(request, "people/messages.html", context)


@require_POST
@login_required
def message_appeal(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    """Store a person's appeal against a message to them."""
    user = signed_in(request)
    found = campaign_for(user, slug)
    message = message_in(found, public_id)
    try:
        appeal(message=message, user=user, text=request.POST.get("message", ""))
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Your appeal was sent to the leads.")
    return redirect("person-messages", slug)
