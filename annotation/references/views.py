"""Pages for leads: create and withdraw examples, training and golds."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from annotation.answers.context import rubric_words
from annotation.common.access import campaign_led_by, comparison_for_lead
from annotation.common.steps import parts_of
from annotation.common.who import signed_in
from annotation.errors import DomainError
from annotation.models import Campaign, Comparison, ReferenceAnswer
from annotation.queue.services.lanes import shares_of
from annotation.references.forms import GoldsForm, ReferenceForm
from annotation.references.known_answers import MOST, known_answers
from annotation.references.selectors import (
    LANES,
    LETTERS,
    candidates_shown,
    reference_for_lead,
    references_of,
)
from annotation.references.services import create_golds, create_reference, withdraw_reference
from annotation.rubrics.selectors import published_rubric

Use = ReferenceAnswer.Use
ABOUT = {
    Use.EXAMPLE: "Shown in the guide beside the work, with scores and explanation.",
    Use.TRAINING: "Served in the training lane; the answer is explained once the person has given"
    " theirs.",
    Use.GOLD: "Served without a sign. People see only a total of correct answers, a day later.",
}


@require_GET
@login_required
def references(request: HttpRequest, slug: str) -> HttpResponse:
    """List the reference answers by use."""
    campaign = campaign_led_by(signed_in(request), slug)
    shares = shares_of(campaign.lane_plan)
    lines = references_of(campaign)
    groups = [
        {
            "term": str(use),
            "name": {"example": "Worked examples"}.get(use, str(Use(use).name.capitalize())),
            "about": ABOUT[Use(use)],
            "lines": found,
            "is_lane": Use(use) in LANES,
            "share": shares[LANES[Use(use)]] if Use(use) in LANES else None,
        }
        for use, found in lines.items()
    ]
    context = {
        "campaign": campaign,
        "groups": groups,
        "n": sum(map(len, lines.values())),
        "has_comparisons": parts_of([campaign.pk])[campaign.pk].n_comparisons > 0,
    }
    return render(request, "references/references.html", context)


@require_http_methods(["GET", "POST"])
@login_required
def reference_new(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    """Show the form of a reference answer to a comparison, and create it."""
    user = signed_in(request)
    campaign = campaign_led_by(user, slug)
    comparison = comparison_for_lead(campaign, public_id)
    newest = published_rubric(campaign)
    if newest is None:
        messages.error(request, "Publish a rubric first: the answer is scored on it.")
        return redirect("rubric", slug)
    form = ReferenceForm(
        request.POST if request.method == "POST" else None,
        k=comparison.k,
        dimensions=rubric_words(newest.pk)["dimensions"],
    )
    if form.is_valid():
        try:
            create_reference(
                comparison=comparison,
                use=form.cleaned_data["use"],
                answer=form.answer(),
                explanation=form.cleaned_data["explanation"],
                actor=user,
            )
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, "The reference answer is in use.")
            return redirect("references", slug)
    return _form(request, campaign, comparison, form)


@require_http_methods(["GET", "POST"])
@login_required
def golds_new(request: HttpRequest, slug: str) -> HttpResponse:
    """Show which known answers could be gold, and make those chosen gold."""
    user = signed_in(request)
    campaign = campaign_led_by(user, slug)
    given = request.POST if request.method == "POST" else request.GET
    form = GoldsForm(given) if "least" in given or given is request.POST else GoldsForm()
    least = form.cleaned_data.get("least") if form.is_valid() else None
    if request.method == "POST" and least is not None:
        chosen = form.cleaned_data["chosen"]
        try:
            n = create_golds(campaign=campaign, comparisons=chosen, least=least, actor=user)
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"{n} known answer{'' if n == 1 else 's'} became gold.")
            return redirect("references", slug)
    least = least or GoldsForm.base_fields["least"].initial
    context = {
        "campaign": campaign,
        "section": "references",
        "form": form,
        "least": least,
        "known": known_answers(campaign, least=least),
        "most": MOST,
    }
    status = 422 if form.errors else 200
    return render(request, "references/golds_new.html", context, status=status)


@require_POST
@login_required
def reference_withdraw(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    """Stop using a reference answer."""
    user = signed_in(request)
    reference = reference_for_lead(campaign_led_by(user, slug), public_id)
    try:
        counts_again = withdraw_reference(reference=reference, actor=user)
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        returned = "Withdrawn. Its comparison is judged like any other again."
        spent = "Withdrawn. Its answer may have been seen, so its comparison is not judged again."
        messages.success(request, returned if counts_again else spent)
    return redirect("references", slug)


def _form(
    request: HttpRequest, campaign: Campaign, comparison: Comparison, form: ReferenceForm
) -> HttpResponse:
    """Render the form; 422 with errors. Generators are hidden, so that they bias nobody."""
    context = {
        "campaign": campaign,
        "section": "references",
        "comparison": comparison,
        "edits": list(zip(LETTERS, candidates_shown(comparison), strict=False)),
        "form": form,
        "uses": list(zip(form["use"], ABOUT.values(), strict=True)),
    }
    status = 422 if form.is_bound else 200
    return render(request, "references/reference_new.html", context, status=status)
