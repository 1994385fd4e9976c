"""Browse a campaign's items; withdraw and correct them and their candidates."""

from typing import Any, cast
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from annotation.common.access import campaign_led_by, candidate_for_lead, item_for_lead
from annotation.common.who import signed_in
from annotation.errors import DomainError, InvalidSetting
from annotation.items.forms import (
    CorrectCandidateForm,
    CorrectItemForm,
    FilterForm,
    WithdrawForm,
)
from annotation.items.selectors import items as selector
from annotation.items.selectors.reports import open_reports
from annotation.items.services import items as service
from annotation.items.services.new_images import correction_of, start_correction
from annotation.items.services.sensitive import resolve_reports
from annotation.models import Campaign, Candidate, Item, User

PAGE = 24


@require_GET
@login_required
def items(request: HttpRequest, slug: str) -> HttpResponse:
    """List items with thumbnails of the source and the candidates."""
    campaign = campaign_led_by(signed_in(request), slug)
    form = FilterForm(
        request.GET,
        generators=selector.generator_names(campaign),
        categories=selector.categories(campaign),
    )
    found = selector.items_of(campaign, form.wanted())
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    context = {
        "campaign": campaign,
        "form": form,
        "page": page,
        "counts": selector.item_counts(campaign),
        "reported": open_reports(campaign),
    }
    return render(request, "items/items.html", context)


@require_GET
@login_required
def item(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    """Show an item with all its candidates and versions, and the forms to change it."""
    campaign = campaign_led_by(signed_in(request), slug)
    return _item_page(request, campaign, item_for_lead(campaign, public_id))


@require_POST
@login_required
def withdraw_item(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    """Take an item out of use."""
    user = signed_in(request)
    campaign = campaign_led_by(user, slug)
    found = item_for_lead(campaign, public_id)
    form = WithdrawForm(request.POST)
    if form.is_valid():
        try:
            n = service.withdraw_item(item=found, actor=user, **form.cleaned_data)
        except DomainError as refusal:
            _refuse(form, refusal)
        else:
            messages.success(request, f"The item is withdrawn, and with it {_comparisons(n)}.")
            return redirect("item", campaign.slug, found.public_id)
    return _item_page(request, campaign, found, withdraw=form)


@require_POST
@login_required
def correct_item(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    """Correct an item; another instruction makes a new version."""
    user = signed_in(request)
    campaign = campaign_led_by(user, slug)
    found = item_for_lead(campaign, public_id)
    form = CorrectItemForm(request.POST)
    if form.is_valid():
        try:
            corrected = service.correct_item(item=found, actor=user, **form.cleaned_data)
        except DomainError as refusal:
            _refuse(form, refusal)
        else:
            messages.success(request, _corrected(corrected.pk == found.pk, corrected.version))
            return redirect("item", campaign.slug, corrected.public_id)
    return _item_page(request, campaign, found, correct=form)


@require_POST
@login_required
def resolve(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    """Decide about an item whose pictures were reported."""
    user = signed_in(request)
    campaign = campaign_led_by(user, slug)
    found = item_for_lead(campaign, public_id)
    try:
        resolve_reports(item=found, decision=request.POST.get("decision", ""), actor=user)
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "The reports are answered.")
    return redirect("item", campaign.slug, found.public_id)


@require_GET
@login_required
def candidate(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    """Show a candidate beside its source, and the forms to change it."""
    campaign = campaign_led_by(signed_in(request), slug)
    return _candidate_page(request, campaign, candidate_for_lead(campaign, public_id))


@require_POST
@login_required
def withdraw_candidate(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    """Take a candidate out of use."""
    user = signed_in(request)
    campaign = campaign_led_by(user, slug)
    found = candidate_for_lead(campaign, public_id)
    form = WithdrawForm(request.POST)
    if form.is_valid():
        try:
            n = service.withdraw_candidate(candidate=found, actor=user, **form.cleaned_data)
        except DomainError as refusal:
            _refuse(form, refusal)
        else:
            messages.success(request, f"The candidate is withdrawn, and with it {_comparisons(n)}.")
            return redirect("candidate", campaign.slug, found.public_id)
    return _candidate_page(request, campaign, found, withdraw=form)


@require_POST
@login_required
def correct_candidate(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    """Correct a candidate; another image, generator, version or seed makes a new version."""
    user = signed_in(request)
    campaign = campaign_led_by(user, slug)
    found = candidate_for_lead(campaign, public_id)
    form = CorrectCandidateForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            corrected = _correct_candidate(found, user, dict(form.cleaned_data))
        except DomainError as refusal:
            _refuse(form, refusal)
        else:
            if corrected is None:
                return redirect("candidate", campaign.slug, found.public_id)
            messages.success(request, _corrected(corrected.pk == found.pk, corrected.version))
            return redirect("candidate", campaign.slug, corrected.public_id)
    return _candidate_page(request, campaign, found, correct=form)


def _correct_candidate(
    candidate: Candidate, user: User, changes: dict[str, Any]
) -> Candidate | None:
    """Correct at once, or queue the correction by another image and return None."""
    file, reason = changes.pop("picture"), changes.pop("reason")
    if not file:
        return service.correct_candidate(candidate=candidate, reason=reason, actor=user, **changes)
    start_correction(
        candidate=candidate,
        reason=reason,
        actor=user,
        picture=(file.name, file),
        changes=cast("service.CandidateChanges", changes),
    )
    return None


def _item_page(
    request: HttpRequest,
    campaign: Campaign,
    found: Item,
    *,
    withdraw: WithdrawForm | None = None,
    correct: CorrectItemForm | None = None,
) -> HttpResponse:
    context = {
        "campaign": campaign,
        "section": "items",
        "item": found,
        "candidates": selector.candidates_of(found),
        "versions": selector.versions_of(found),
        "effect": selector.effect_on(found),
        "reported": open_reports(campaign, found),
        "withdraw": withdraw or WithdrawForm(),
        "correct": correct or CorrectItemForm.of(found),
    }
    status = 422 if withdraw or correct else 200
    return render(request, "items/item.html", context, status=status)


def _candidate_page(
    request: HttpRequest,
    campaign: Campaign,
    found: Candidate,
    *,
    withdraw: WithdrawForm | None = None,
    correct: CorrectCandidateForm | None = None,
) -> HttpResponse:
    context = {
        "campaign": campaign,
        "section": "items",
        "candidate": found,
        "item": found.item,
        "versions": selector.versions_of(found),
        "effect": selector.effect_on(found),
        "withdraw": withdraw or WithdrawForm(),
        "correct": correct or CorrectCandidateForm.of(found),
        "checking": correction_of(found),
    }
    status = 422 if withdraw or correct else 200
    return render(request, "items/candidate.html", context, status=status)


def _refuse(form: forms.Form, refusal: DomainError) -> None:
    """Put a refusal beside the field it is about."""
    field = refusal.field if isinstance(refusal, InvalidSetting) else None
    form.add_error(field if field in form.fields else None, str(refusal))


def _comparisons(n: int) -> str:
    return f"{n} comparison{'' if n == 1 else 's'}"


def _corrected(in_place: bool, version: int) -> str:  # noqa: FBT001 - a private choice of words
    if in_place:
        return "Changed. No comparison is affected."
    return f"Corrected: this is version {version} now. Build comparisons for it when it is ready."
