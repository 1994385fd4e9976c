"""What a lead does about a person: warn, pause, set answers aside, restore; and the rules."""

from collections.abc import Callable
from datetime import UTC, datetime, time
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from annotation.common.access import campaign_led_by
from annotation.common.who import signed_in
from annotation.errors import DomainError
from annotation.models import Campaign, Membership
from annotation.people.messages import answer_appeal, message_in, messages_to, warn
from annotation.people.services import let_start, pause_annotator, resume_annotator
from annotation.quality.selectors.alerts import alert_for_lead, alerts_of
from annotation.quality.selectors.annotators import member_for_lead
from annotation.quality.selectors.reclaim import (
    Selection,
    count_surplus,
    effect_of,
    pseudonym_of,
    reclaim_for_lead,
    reclaims_of,
)
from annotation.quality.services.reclaim import restore, set_aside, take_in
from annotation.quality.services.rules import (
    MODES,
    RULE_WORDS,
    handle_alert,
    mode_of,
    set_rule_modes,
)
from annotation.queue.selectors.gate import gate_progress


class PeriodForm(forms.Form):
    """The days of a person's answers, both included, in UTC; empty = open."""

    since = forms.DateField(
        label="From", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.DateField(
        label="To", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )

    def selection(self) -> Selection:
        """Return the answers of the days that were entered."""
        since, until = (self.cleaned_data.get(name) for name in ("since", "until"))
        return Selection(
            since=since and datetime.combine(since, time.min, tzinfo=UTC),
            until=until and datetime.combine(until, time.max, tzinfo=UTC),
        )


@require_http_methods(["GET", "POST"])
@login_required
def person_actions(request: HttpRequest, slug: str, pseudonym: UUID) -> HttpResponse:
    """Show what can be done about a person, and with a period what setting aside would change."""
    found = campaign_led_by(signed_in(request), slug)
    member = member_for_lead(found, pseudonym)
    if request.method == "POST":
        return _acted(request, found, member)
    form = PeriodForm(request.GET if "preview" in request.GET else None)
    effect = effect_of(found, member.user, form.selection()) if form.is_valid() else None
    context = {
        "campaign": found,
        "member": member,
        "section": "people",
        "form": form,
        "effect": effect,
        "gate": gate_progress(found, member),
        "reclaims": reclaims_of(found, member.user),
        "n_surplus": count_surplus(found, member.user),
        "person_messages": messages_to(found, member.user),
        "alerts": [one for one in alerts_of(found) if one.user_id == member.user_id],
    }
    status = 422 if form.is_bound and not form.is_valid() else 200
    return render(request, "quality/person_actions.html", context, status=status)


def _acted(request: HttpRequest, found: Campaign, member: Membership) -> HttpResponse:
    user, person = signed_in(request), member.user
    who: dict[str, Any] = {"campaign": found, "user": person, "actor": user}
    posted = request.POST
    text = posted.get("message", "")
    acts: dict[str, tuple[Callable[[], object], str]] = {
        "warn": (lambda: warn(**who, text=text), "The warning was sent."),
        "pause": (
            lambda: pause_annotator(**who, reason=posted.get("reason", ""), message=text),
            "They get no more work.",
        ),
        "resume": (lambda: resume_annotator(**who, message=text), "They get work again."),
        "let_start": (lambda: let_start(**who), "They may judge now."),
        "set_aside": (lambda: _set_aside(request, who), "The answers were set aside."),
        "take_in": (lambda: take_in(**who), "The answers whose slot was free count now."),
    }
    act, done = acts.get(posted.get("action", ""), (_unknown, ""))
    return _done(request, act, done, "person-actions", found.slug, member.pseudonym)


def _set_aside(request: HttpRequest, who: dict[str, Any]) -> None:
    form = PeriodForm(request.POST)
    if not form.is_valid():
        raise DomainError("These are no days: nothing was set aside.")
    set_aside(**who, chosen=form.selection(), reason=request.POST.get("reason", ""))


def _unknown() -> None:
    raise DomainError("There is no such action.")


@require_POST
@login_required
def reclaim_undo(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    """Restore the answers of a reclaim."""
    user = signed_in(request)
    found = campaign_led_by(user, slug)
    reclaim = reclaim_for_lead(found, public_id)
    return _done(
        request,
        lambda: restore(reclaim=reclaim, actor=user),
        "The answers count again where their slot was free.",
        "person-actions",
        slug,
        pseudonym_of(reclaim),
    )


@require_POST
@login_required
def appeal_answer(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    """Answer a person's appeal."""
    user = signed_in(request)
    found = campaign_led_by(user, slug)
    message = message_in(found, public_id)
    text = request.POST.get("message", "")
    act = lambda: answer_appeal(message=message, text=text, actor=user)  # noqa: E731 - one call
    return _done(request, act, "The answer was sent.", "quality-rules", slug)


@require_http_methods(["GET", "POST"])
@login_required
def quality_rules(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the rules, their modes and what they found; set the modes."""
    user = signed_in(request)
    found = campaign_led_by(user, slug)
    if request.method == "POST":
        modes = {rule: request.POST[rule] for rule in RULE_WORDS if rule in request.POST}
        act = lambda: set_rule_modes(campaign=found, modes=modes, actor=user)  # noqa: E731
        return _done(request, act, "The rules were set.", "quality-rules", slug)
    context = {
        "campaign": found,
        "section": "people",
        "rules": [
            {"name": name, "title": title, "words": words, "mode": mode_of(found, name)}
            for name, (title, words) in RULE_WORDS.items()
        ],
        "modes": MODES.items(),
        "alerts": alerts_of(found),
    }
    return render(request, "quality/rules.html", context)


@require_POST
@login_required
def alert_handle(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    """Pause the person whom an alert is about, or leave them at work."""
    user = signed_in(request)
    found = campaign_led_by(user, slug)
    alert = alert_for_lead(found, public_id)
    pauses = request.POST.get("action") == "pause"
    act = lambda: handle_alert(alert=alert, pauses=pauses, actor=user)  # noqa: E731 - one call
    done = f"{alert.user.username} is paused." if pauses else "It was dealt with."
    return _done(request, act, done, "quality-rules", slug)


def _done(
    request: HttpRequest, act: Callable[[], object], done: str, page: str, *where: object
) -> HttpResponse:
    try:
        act()
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, done)
    return redirect(page, *where)
