"""The pages on which adjudicators decide: the own answer first, then the votes."""

import uuid
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from annotation.adjudication.forms import DecisionForm
from annotation.adjudication.selectors.revealed import (
    count_votes,
    decisions_of,
    revealed,
    undecided_of,
)
from annotation.adjudication.services.claims import claim
from annotation.adjudication.services.decisions import decide, undecided_answer
from annotation.answers.context import answer_context
from annotation.answers.parsing import Answer
from annotation.answers.plain_form import answer_data, input_name
from annotation.answers.screen_rules import screen_rules
from annotation.common.access import assignment_for, campaign_for, comparison_for_lead, roles_in
from annotation.common.who import signed_in
from annotation.errors import Conflict, DomainError, InvalidAnswer, InvalidSetting
from annotation.judging.services.judgments import read_answer, submit_judgment
from annotation.judging.views.judge import client_id
from annotation.models import Assignment, Campaign, Comparison, Decision, Judgment, Membership
from annotation.people.preferences import preferences_of
from annotation.queue.selectors.work import progress_of, work_of
from annotation.queue.services.returns import skip
from annotation.references.selectors import examples_for

Role = Membership.Role
#: Decisions listed on the page without a dispute.
LAST = 10
KEYS = "123456"


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def decide_next(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the next dispute on the judging form; an answer that waits for its decision first."""
    user = signed_in(request)
    campaign = campaign_for(user, slug, Role.ADJUDICATOR, Role.LEAD)
    if request.method == "POST":
        return _answered(request, campaign)
    waiting = undecided_of(campaign, user)
    if waiting is not None:
        return redirect("decision", slug, waiting.public_id)
    try:
        assignment = claim(campaign=campaign, user=user, named=_named(request, campaign))
    except DomainError as refusal:
        return _nothing(request, campaign, str(refusal))
    if assignment is None:
        return _nothing(request, campaign, gettext("No dispute waits for you."))
    return _judging_form(request, campaign, assignment, {})


def _named(request: HttpRequest, campaign: Campaign) -> Comparison | None:
    """Return the comparison that the address names. Raises Http404 for another campaign's."""
    text = request.GET.get("comparison")
    if not text:
        return None
    try:
        return comparison_for_lead(campaign, uuid.UUID(text))
    except ValueError:
        raise Http404("No such comparison.") from None


def _answered(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    """Store the answer of the plain form, or a skip, and go on."""
    assignment = _posted(request, campaign)
    user = signed_in(request)
    try:
        if request.POST.get("action") == "skip":
            reason = request.POST.get("skip_reason")
            skip(assignment_public_id=assignment.public_id, annotator=user, reason=reason)
        else:
            result = submit_judgment(
                assignment_public_id=assignment.public_id,
                annotator=user,
                answer=_answer(request, assignment),
            )
            if result.not_counted:
                messages.warning(request, result.not_counted)
    except InvalidAnswer as error:
        name = "skip_reason" if error.field == "reason" else input_name(error.field)
        return _judging_form(request, campaign, assignment, {name: str(error)})
    except Conflict as refusal:
        messages.warning(request, str(refusal))
    return redirect("decide", campaign.slug)


def _posted(request: HttpRequest, campaign: Campaign) -> Assignment:
    try:
        public_id = uuid.UUID(request.POST.get("assignment", ""))
    except ValueError:
        raise Http404("No such assignment.") from None
    return _own(request, campaign, public_id)


def _own(request: HttpRequest, campaign: Campaign, public_id: uuid.UUID) -> Assignment:
    assignment = assignment_for(signed_in(request), public_id)
    if assignment.campaign_id != campaign.pk:
        raise Http404("No such assignment.")
    return assignment


def _answer(request: HttpRequest, assignment: Assignment) -> Answer:
    slugs = list(assignment.rubric.dimensions.values_list("slug", flat=True))
    data = answer_data(request.POST, k=assignment.comparison.k, slugs=slugs)
    return read_answer(answer_context(assignment.public_id, assignment.annotator_id), data)


def _judging_form(
    request: HttpRequest, campaign: Campaign, assignment: Assignment, errors: dict[str, str]
) -> HttpResponse:
    user = signed_in(request)
    values = request.POST.dict() if errors else {}
    context = {
        "campaign": campaign,
        "work": {"assignment": work_of([assignment])[0], "reason": None},
        "client_id": client_id(values.get("client_id")),
        "form_errors": errors,
        "values": values,
        # The line for a first visit offers a practice, which this page has not.
        "progress": progress_of(campaign, user) | {"mine": 1},
        "examples": examples_for(campaign, user),
        "preferences": preferences_of(user),
        "rules": screen_rules(campaign),
        "may_manage": Role.LEAD in roles_in(user, campaign),
    }
    return render(request, "adjudication/decide.html", context, status=422 if errors else 200)


def _nothing(request: HttpRequest, campaign: Campaign, why: str) -> HttpResponse:
    user = signed_in(request)
    context = {
        "campaign": campaign,
        "why": why,
        "decisions": decisions_of(campaign, user, at_most=LAST),
        "may_manage": Role.LEAD in roles_in(user, campaign),
    }
    return render(request, "adjudication/decide_nothing.html", context)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def decision(request: HttpRequest, slug: str, public_id: uuid.UUID) -> HttpResponse:
    """Show the votes after the own answer; store what is decided, and why people disagreed."""
    campaign = campaign_for(signed_in(request), slug, Role.ADJUDICATOR, Role.LEAD)
    assignment = _own(request, campaign, public_id)
    first = undecided_answer(assignment)
    if first is None:
        messages.info(request, gettext("Nothing here waits for your decision."))
        return redirect("decide", slug)
    if request.method == "GET":
        return _decision_page(request, assignment, first, DecisionForm(), {})
    form = DecisionForm(request.POST)
    if not form.is_valid():
        return _decision_page(request, assignment, first, form, {})
    try:
        _store(request, assignment, form.cleaned_data)
    except InvalidAnswer as error:
        errors = {input_name(error.field): str(error)}
        return _decision_page(request, assignment, first, form, errors)
    except InvalidSetting as refusal:
        form.add_error(refusal.field, str(refusal))
        return _decision_page(request, assignment, first, form, {})
    except Conflict as refusal:
        messages.warning(request, str(refusal))
    return redirect("decide", slug)


def _store(request: HttpRequest, assignment: Assignment, wanted: dict[str, Any]) -> None:
    change = None
    if wanted["does"] == "change":
        change = _answer(request, assignment)
    decide(
        assignment=assignment,
        user=signed_in(request),
        cause=wanted["cause"],
        note=wanted["note"],
        change=change,
        is_resolved=wanted["does"] != "open",
    )


def _decision_page(
    request: HttpRequest,
    assignment: Assignment,
    first: Judgment,
    form: DecisionForm,
    errors: dict[str, str],
) -> HttpResponse:
    shown = revealed(assignment, first)
    work = work_of([assignment])[0]
    order = assignment.shown_order
    values = request.POST.dict() if form.is_bound else {}
    scores, ranks = first.scores or [], first.ranks or []
    edits = [
        {
            "position": position,
            "rank": values.get(f"rank-{position}", ranks[canonical]),
            "scores": [
                (each, values.get(f"score-{position}-{each['slug']}", scores[canonical][at]))
                for at, each in enumerate(work["rubric"]["dimensions"])
            ],
        }
        for position, canonical in enumerate(order)
    ]
    context = {
        "campaign": assignment.campaign,
        "assignment": assignment,
        "work": work,
        "pictures": work,
        "revealed": shown,
        "counts": count_votes(shown.others),
        "boxes": [
            [box for answer in shown.others for at, box in answer.boxes if at == position]
            for position in range(len(order))
        ],
        "edits": edits,
        "tie_kind": values.get("tie_kind", first.tie_kind or ""),
        "form": form,
        "errors": errors,
        "client_id": client_id(values.get("client_id")),
        "causes": list(zip(KEYS, Decision.Cause.choices, strict=True)),
    }
    status = 422 if form.is_bound else 200
    return render(request, "adjudication/decision.html", context, status=status)
