"""A person's own answers: the list, and the judging form to change one."""

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from annotation.answers.context import answer_context
from annotation.answers.plain_form import answer_data, form_values, input_name
from annotation.answers.screen_rules import screen_rules
from annotation.common.access import assignment_for, campaign_for
from annotation.common.who import signed_in
from annotation.errors import Conflict, InvalidAnswer
from annotation.judging.selectors import OwnJudgment, last_revisable, own_judgment, own_judgments
from annotation.judging.services.judgments import read_answer
from annotation.judging.services.revisions import revise_judgment
from annotation.judging.views.judge import client_id
from annotation.models import Campaign, User
from annotation.people.preferences import preferences_of
from annotation.queue.selectors.work import work_of
from annotation.references.golds import gold_feedback

TOO_LATE = gettext_lazy("This answer can no longer be changed.")


@never_cache
@require_GET
@login_required
def mine(request: HttpRequest, slug: str) -> HttpResponse:
    """List a person's own answers, newest first."""
    person = signed_in(request)
    campaign = campaign_for(person, slug)
    try:
        before = uuid.UUID(text) if (text := request.GET.get("before")) else None
    except ValueError:
        raise Http404("No such judgment.") from None
    page = own_judgments(campaign, person, before=before)
    context = {
        "campaign": campaign,
        "page": page,
        "is_first": before is None,
        "golds": gold_feedback(campaign, person),
    }
    return render(request, "judging/mine.html", context)


@never_cache
@require_GET
@login_required
def mine_last(request: HttpRequest, slug: str) -> HttpResponse:
    """Go to the newest answer while it can be changed, else to the list."""
    person = signed_in(request)
    campaign = campaign_for(person, slug)
    last = last_revisable(campaign, person)
    if last is None:
        messages.info(request, gettext("None of your last answers can be changed now."))
        return redirect("mine", slug)
    return redirect("mine-change", slug, last)


@never_cache
@require_http_methods(["GET", "POST"])
@login_required
def mine_change(request: HttpRequest, slug: str, public_id: uuid.UUID) -> HttpResponse:
    """Show one of the person's answers in the judging form, and store the changed one."""
    person = signed_in(request)
    campaign = campaign_for(person, slug)
    judgment = own_judgment(campaign, person, public_id)
    if request.method == "GET":
        if judgment.revisable_until is None:
            messages.info(request, TOO_LATE)
            return redirect("mine", slug)
        return _form(request, campaign, judgment, {})
    try:
        _revise(request, judgment, person)
    except InvalidAnswer as error:
        return _form(request, campaign, judgment, {input_name(error.field): str(error)})
    except Conflict as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, gettext("Your answer was changed."))
    return redirect("mine", slug)


def _revise(request: HttpRequest, judgment: OwnJudgment, person: User) -> None:
    slugs = [dimension["slug"] for dimension in judgment.rubric["dimensions"]]
    data = answer_data(request.POST, k=len(judgment.candidates), slugs=slugs)
    context = answer_context(judgment.assignment, person.pk)
    revise_judgment(
        judgment_public_id=judgment.public_id,
        annotator=person,
        answer=read_answer(context, data),
    )


def _form(
    request: HttpRequest, campaign: Campaign, judgment: OwnJudgment, errors: dict[str, str]
) -> HttpResponse:
    """Render the judging form: 422 with `errors` (message by field) and what was entered."""
    assignment = assignment_for(signed_in(request), judgment.assignment)
    values = request.POST.dict() if errors else _values(judgment)
    context = {
        "campaign": campaign,
        "work": {"assignment": work_of([assignment])[0]},
        "revising": judgment,
        "client_id": client_id(values.get("client_id")),
        "form_errors": errors,
        "values": values,
        "preferences": preferences_of(signed_in(request)),
        "rules": screen_rules(campaign),
    }
    status = 422 if errors else 200
    return render(request, "judging/mine_change.html", context, status=status)


def _values(judgment: OwnJudgment) -> dict[str, str]:
    if judgment.scores is None or judgment.ranks is None:
        return {}
    return form_values(judgment.scores, judgment.ranks, judgment.tie_kind, judgment.note)
