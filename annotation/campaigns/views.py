"""Overview, creation, settings and states of a campaign."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from annotation.campaigns.attention import concerns_of
from annotation.campaigns.events import recent_events
from annotation.campaigns.failures import failures_of
from annotation.campaigns.forms import CampaignForm, SettingsForm
from annotation.campaigns.locks import fixed_by_import, fixed_by_opening
from annotation.campaigns.progress import progress_of
from annotation.campaigns.services import (
    NEXT_STATES,
    change_settings,
    change_state,
    create_campaign,
)
from annotation.charts.days import day_chart
from annotation.common.access import campaign_led_by, may_create_campaigns
from annotation.common.events import has_simulated_votes
from annotation.common.refusals import put_refusal
from annotation.common.steps import first_open, loop_steps, parts_of, setup_steps
from annotation.common.who import signed_in
from annotation.errors import DomainError
from annotation.models import Campaign, Lane
from jobs.selectors import running_on

State = Campaign.State
# The label of the button that leads to a state; some differ by the state it leaves.
STEPS = {
    State.PILOT: "Start a pilot",
    State.LIVE: "Go live",
    State.PAUSED: "Pause",
    State.CLOSED: "Close",
}


@require_GET
@login_required
def campaign(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a campaign's progress, and what a draft still needs."""
    found = campaign_led_by(signed_in(request), slug)
    progress = progress_of(found)
    parts = parts_of([found.pk])[found.pk]
    loop = loop_steps(parts, judged=progress.n_judged, wanted=progress.n_wanted)
    setup = setup_steps(found, parts) if found.state == State.DRAFT else []
    context = {
        "campaign": found,
        "parts": parts,
        "missing": parts.missing(),
        "setup": setup,
        "fixed_by_import": fixed_by_import(found),
        "fixed_by_opening": fixed_by_opening(found),
        "loop": loop,
        "next_step": first_open(setup or loop),
        "steps": [(state, _step(found, state)) for state in NEXT_STATES[found.state]],
        "progress": progress,
        "chart": day_chart(progress.days),
        "failures": failures_of(found),
        "concerns": concerns_of(found, progress, timezone.now().date()),
        "running": running_on(found.public_id),
        "simulated": has_simulated_votes(found),
        "events": recent_events(found),
    }
    return render(request, "campaigns/campaign.html", context)


@require_http_methods(["GET", "POST"])
@login_required
def campaign_new(request: HttpRequest) -> HttpResponse:
    """Create a campaign."""
    user = signed_in(request)
    if not may_create_campaigns(user):
        raise Http404("No such page.")
    form = CampaignForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            made = create_campaign(actor=user, **form.cleaned_data)
        except DomainError as refusal:
            put_refusal(form, refusal)
        else:
            messages.success(request, f"“{made.name}” is a draft now.")
            return redirect("campaign", made.slug)
    status = 422 if form.is_bound else 200
    return render(request, "campaigns/campaign_new.html", {"form": form}, status=status)


@require_http_methods(["GET", "POST"])
@login_required
def campaign_settings(request: HttpRequest, slug: str) -> HttpResponse:
    """Show and change a campaign's settings."""
    user = signed_in(request)
    found = campaign_led_by(user, slug)
    form = SettingsForm(found, request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            change_settings(campaign=found, actor=user, **form.settings())
        except DomainError as refusal:
            put_refusal(form, refusal)
        else:
            messages.success(request, "The settings were saved.")
            return redirect("campaign-settings", slug)
    context = {
        "campaign": found,
        "form": form,
        "section": "campaign",
        "repeats_wait": found.repeat_percent and Lane.REPEAT not in found.lane_plan,
    }
    status = 422 if form.is_bound else 200
    return render(request, "campaigns/campaign_settings.html", context, status=status)


@require_POST
@login_required
def campaign_state(request: HttpRequest, slug: str) -> HttpResponse:
    """Move a campaign to another state."""
    user = signed_in(request)
    found = campaign_led_by(user, slug)
    try:
        moved = change_state(campaign=found, state=request.POST.get("state", ""), actor=user)
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"The campaign is {moved.state} now.")
    return redirect("campaign", slug)


def _step(found: Campaign, state: str) -> str:
    if found.state == State.PAUSED and state in {State.PILOT, State.LIVE}:
        return "Go on with the pilot" if state == State.PILOT else "Go on live"
    if found.state == State.CLOSED:
        return "Open again, paused"
    return STEPS[State(state)]
