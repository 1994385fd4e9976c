"""The judging page: one comparison, as a plain form that works without JavaScript."""

import uuid
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from annotation.answers.context import answer_context
from annotation.answers.plain_form import answer_data, input_name
from annotation.answers.screen_rules import screen_rules
from annotation.common.access import assignment_for, campaign_for, roles_in
from annotation.errors import Conflict, InvalidAnswer
from annotation.judging.selectors import last_revisable
from annotation.judging.services.judgments import read_answer, submit_judgment
from annotation.models import Assignment, Campaign, Lane, Membership, User
from annotation.people.preferences import preferences_of
from annotation.queue.selectors.standing import WORKING_ROLES, count_after_stop
from annotation.queue.selectors.work import progress_of, work_of
from annotation.queue.services.leases import CAPPED_TODAY, lease_next
from annotation.queue.services.returns import skip
from annotation.references.practice import practice_of
from annotation.references.selectors import LETTERS, examples_for, lesson


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def judge(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the next comparison; on a complete answer, or a skip, store it and move on."""
    person = cast("User", request.user)
    campaign = campaign_for(person, slug)
    if request.method == "GET":
        result = lease_next(campaign=campaign, annotator=person)
        work = next(iter(work_of(result.assignments)), None)
        shown = {"assignment": work, "reason": result.reason}
        return _page(request, campaign, shown, detail=result.detail)
    assignment = _posted_assignment(request, campaign)
    try:
        if request.POST.get("action") == "skip":
            reason = request.POST.get("skip_reason")
            skip(assignment_public_id=assignment.public_id, annotator=person, reason=reason)
        else:
            _submit(request, assignment)
    except InvalidAnswer as error:
        name = "skip_reason" if error.field == "reason" else input_name(error.field)
        work = work_of([assignment])[0]
        errors = {name: str(error)}
        return _page(request, campaign, {"assignment": work, "reason": None}, errors)
    except Conflict as refusal:
        messages.warning(request, str(refusal))
    return redirect("judge", campaign.slug)


def _posted_assignment(request: HttpRequest, campaign: Campaign) -> Assignment:
    try:
        public_id = uuid.UUID(request.POST.get("assignment", ""))
    except ValueError:
        raise Http404("No such assignment.") from None
    assignment = assignment_for(cast("User", request.user), public_id)
    if assignment.campaign_id != campaign.pk:
        raise Http404("No such assignment.")
    return assignment


def _submit(request: HttpRequest, assignment: Assignment) -> None:
    slugs = list(assignment.rubric.dimensions.values_list("slug", flat=True))
    data = answer_data(request.POST, k=assignment.comparison.k, slugs=slugs)
    result = submit_judgment(
        assignment_public_id=assignment.public_id,
        annotator=cast("User", request.user),
        answer=read_answer(answer_context(assignment.public_id, assignment.annotator_id), data),
    )
    if result.not_counted:
        messages.warning(request, result.not_counted)
    if result.lane == Lane.TRAINING:
        explained = lesson(assignment.pk, assignment.shown_order, slugs)
        if explained is not None:
            messages.info(request, _in_words(explained))


def _in_words(lesson_fields: dict[str, Any]) -> str:
    """Return a lesson as a sentence, for pages without JavaScript."""
    ranks = ", ".join(
        f"{letter} {rank}" for letter, rank in zip(LETTERS, lesson_fields["ranks"], strict=False)
    )
    return gettext("Reference ranks: %(ranks)s. %(explanation)s") % {
        "ranks": ranks,
        "explanation": lesson_fields["explanation"],
    }


def _page(
    request: HttpRequest,
    campaign: Campaign,
    work: dict[str, Any],
    form_errors: dict[str, str] | None = None,
    *,
    detail: str = "",
) -> HttpResponse:
    """Render the page: 422 with `form_errors` (message by form field) and what was entered."""
    person = cast("User", request.user)
    values = request.POST.dict() if form_errors else {}
    roles = roles_in(person, campaign)
    examples = examples_for(campaign, person)
    context = {
        "campaign": campaign,
        "work": work,
        "client_id": client_id(values.get("client_id")),
        "form_errors": form_errors or {},
        "values": values,
        "may_change_last": last_revisable(campaign, person) is not None,
        "is_annotator": bool(roles & set(WORKING_ROLES)),
        "may_manage": Membership.Role.LEAD in roles,
        "n_after_stop": 0 if work["assignment"] else count_after_stop(campaign, person),
        "detail": detail,
        "enough_today": detail == str(CAPPED_TODAY),
        "progress": progress_of(campaign, person),
        "examples": examples,
        "practice": practice_of(examples, work["assignment"]),
        "preferences": preferences_of(person),
        "rules": screen_rules(campaign),
    }
    return render(request, "judging/judge.html", context, status=422 if form_errors else 200)


def client_id(posted: Any) -> str:
    """Return the client id of the first attempt, or a new one."""
    try:
        return str(uuid.UUID(posted))
    except (TypeError, ValueError, AttributeError):
        return str(uuid.uuid4())
