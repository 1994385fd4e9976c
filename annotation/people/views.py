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
from annotation.people.forms import PersonForm, SkillsForm
from annotation.people.messages import appeal, message_in, messages_to
from annotation.people.selectors import judging_member, people_of, person_in
from annotation.people.services import (
    Added,
    add_person,
    give_role,
    pause_annotator,
    remove_role,
    resume_annotator,
)
from annotation.people.skills import set_skills
from annotation.references.golds import gold_by_person

ONE_TIME = "one_time_password"


@never_cache
@require_http_methods(["GET", "POST"])
@login_required
def people(request: HttpRequest, slug: str) -> HttpResponse:
    """List the people, and add one. A new account's password is shown once, on the next page."""
    user = signed_in(request)
    found = campaign_led_by(user, slug)
    form = PersonForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            added = add_person(campaign=found, actor=user, **form.cleaned_data)
        except DomainError as refusal:
            put_refusal(form, refusal)
        else:
            _announce(request, added)
            return redirect("people", slug)
    lines = people_of(found)
    context = {
        "campaign": found,
        "form": form,
        "people": lines,
        "has_annotators": any(line.pseudonym for line in lines),
        "golds": {str(pk): gold for pk, gold in gold_by_person(found).items()},
        "new_account": request.session.pop(ONE_TIME, None),
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


def _announce(request: HttpRequest, added: Added) -> None:
    username, password = added.user.username, added.password
    if password is None:
        messages.success(request, f"{username} was added.")
        if added.is_paused:
            messages.warning(request, f"{username} is still paused: let them go on in their menu.")
        return
    # The session carries the password to the next page, which deletes it. So a reload neither
    # repeats the POST nor shows the password again.
    request.session[ONE_TIME] = {"username": username, "password": password}


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
