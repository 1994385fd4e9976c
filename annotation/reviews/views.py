"""The review of settled answers, for leads, and an annotator's reply to one."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from annotation.common.access import campaign_for, campaign_led_by
from annotation.common.who import signed_in
from annotation.errors import DomainError
from annotation.models import Campaign, Review
from annotation.reviews.selectors import (
    RULES,
    Drawn,
    answer_to_review,
    replies_to_answer,
    review_in,
    to_review,
)
from annotation.reviews.services import answer_reply, reply, review


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def reviews(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the next answer to review; store what the lead found, and go on."""
    user = signed_in(request)
    campaign = campaign_led_by(user, slug)
    waiting = to_review(campaign, user)
    if request.method == "GET":
        return _page(request, campaign, waiting, {})
    chosen = next((one for one in waiting if str(one.judgment_id) == request.POST.get("row")), None)
    if chosen is None:
        messages.info(request, "Somebody has reviewed this answer already.")
        return redirect("reviews", slug)
    shown = answer_to_review(campaign, chosen.judgment_id)
    outcome = request.POST.get("outcome", "")
    try:
        review(
            judgment=shown.judgment,
            reviewer=user,
            outcome=outcome,
            drawn_by=chosen.rule,
            comment=request.POST.get("comment", ""),
        )
    except DomainError as refusal:
        first = [chosen, *(one for one in waiting if one != chosen)]
        return _page(request, campaign, first, {"comment": str(refusal)})
    if outcome == Review.Outcome.FIXED:
        comparison = shown.judgment.comparison.public_id
        return redirect(f"{reverse('decide', args=[slug])}?comparison={comparison}")
    return redirect("reviews", slug)


def _page(
    request: HttpRequest, campaign: Campaign, waiting: list[Drawn], errors: dict[str, str]
) -> HttpResponse:
    context = {
        "campaign": campaign,
        "section": "reviews",
        "n_waiting": len(waiting),
        "counts": [(words, sum(o.rule == rule for o in waiting)) for rule, words in RULES.items()],
        "replies": replies_to_answer(campaign),
        "errors": errors,
        "comment": request.POST.get("comment", ""),
    }
    if waiting:
        shown = answer_to_review(campaign, waiting[0].judgment_id)
        rule = RULES[waiting[0].rule]
        context |= {"shown": shown, "rule": rule, "pictures": shown.pictures}
    return render(request, "reviews/reviews.html", context, status=422 if errors else 200)


@require_POST
@login_required
def review_reply(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    """Store an annotator's reply to a review of an own answer."""
    user = signed_in(request)
    found = review_in(campaign_for(user, slug), public_id)
    try:
        reply(found=found, user=user, text=request.POST.get("reply", ""))
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, gettext("Your reply went to the leads."))
    return redirect(f"{reverse('mine', args=[slug])}#{found.judgment.public_id}")


@require_POST
@login_required
def review_answer(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    """Store a lead's answer to an annotator's reply."""
    user = signed_in(request)
    found = review_in(campaign_led_by(user, slug), public_id)
    try:
        answer_reply(found=found, actor=user, text=request.POST.get("answer", ""))
    except DomainError as refusal:
        messages.error(request, str(refusal))
    return redirect("reviews", slug)
