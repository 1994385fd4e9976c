"""A campaign's training runs and models, for its lead."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from annotation.charts.lines import Chart, chart
from annotation.charts.reliability import reliability_chart
from annotation.common.access import campaign_led_by
from annotation.common.steps import next_before_judging
from annotation.models import Campaign, User
from jobs import services as jobs
from jobs.selectors import running_on
from rewardsvc.errors import RunRefused
from rewardsvc.forms import PromotionForm, RunForm
from rewardsvc.models import RunPoint
from rewardsvc.readiness import readiness_of
from rewardsvc.selectors import RunView, champion_of, points_of, run_of_campaign, runs_of
from rewardsvc.services.runs import (
    RESCORE,
    TRAIN,
    active_job,
    last_rescoring,
    promote,
    retry_run,
    start_rescoring,
    start_run,
)
from rewardsvc.views.check import check_view
from rewardsvc.views.controls import control_rows


@require_GET
@login_required
def models(request: HttpRequest, slug: str) -> HttpResponse:
    """List runs and models, with the form that starts a run."""
    campaign = campaign_led_by(request.user, slug)  # type: ignore[arg-type]
    return _page(request, campaign, RunForm(campaign=campaign.public_id), 200)


@require_POST
@login_required
def start(request: HttpRequest, slug: str) -> HttpResponse:
    """Start a training run."""
    user: User = request.user  # type: ignore[assignment]
    campaign = campaign_led_by(user, slug)
    form = RunForm(request.POST, campaign=campaign.public_id)
    if not form.is_valid():
        return _page(request, campaign, form, 422)
    try:
        run = start_run(campaign=campaign.public_id, actor=user, request=form.request())
    except RunRefused as refusal:
        form.add_error(None, str(refusal))
        return _page(request, campaign, form, 422)
    return redirect("run", campaign.slug, run.public_id)


@require_POST
@login_required
def rescore(request: HttpRequest, slug: str) -> HttpResponse:
    """Score every candidate with the newest finished run."""
    user: User = request.user  # type: ignore[assignment]
    campaign = campaign_led_by(user, slug)
    try:
        start_rescoring(campaign=campaign.public_id, actor=user)
    except RunRefused as refusal:
        messages.error(request, str(refusal))
    return redirect("models", campaign.slug)


@require_GET
@login_required
def run(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    """Show one run: progress, curves, accuracies."""
    campaign = campaign_led_by(request.user, slug)  # type: ignore[arg-type]
    view = run_of_campaign(campaign.public_id, public_id)
    points = points_of(view.run)
    by_hand = PromotionForm() if view.model and not view.is_champion else None
    context = {
        "campaign": campaign,
        "section": "models",
        "view": view,
        "points": [point for point in points if point.fold == RunPoint.FINAL],
        "check": check_view(view.run.metrics),
        "by_hand": by_hand,
        "champion": champion_of(campaign.public_id),
        "rescored": last_rescoring(campaign.public_id, view.model),
        "controls": control_rows(view.run.metrics),
        "reliability": reliability_chart(view.run.metrics.get("calibration", {})),
        **_curves(view, points),
    }
    return render(request, "rewardsvc/run.html", context)


@require_POST
@login_required
def cancel(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    """Ask a run to stop."""
    campaign = campaign_led_by(request.user, slug)  # type: ignore[arg-type]
    view = run_of_campaign(campaign.public_id, public_id)
    if view.job is not None:
        jobs.cancel(view.job)
    return redirect("run", campaign.slug, public_id)


@require_POST
@login_required
def retry(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    """Queue a failed run again; it resumes after its last finished epoch."""
    user: User = request.user  # type: ignore[assignment]
    campaign = campaign_led_by(user, slug)
    view = run_of_campaign(campaign.public_id, public_id)
    try:
        retry_run(view.run, actor=user)
    except RunRefused as refusal:
        messages.error(request, str(refusal))
    return redirect("run", campaign.slug, public_id)


@require_POST
@login_required
def champion(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    """Make a run's final model the champion by hand, for a stated reason."""
    user: User = request.user  # type: ignore[assignment]
    campaign = campaign_led_by(user, slug)
    view = run_of_campaign(campaign.public_id, public_id)
    form = PromotionForm(request.POST)
    if view.model is None:
        messages.error(request, "This run has made no model.")
    elif not form.is_valid():
        messages.error(request, f"Nothing was changed. Why this model: {form.errors['reason'][0]}")
    else:
        promote(model=view.model, actor=user, reason=form.cleaned_data["reason"])
    return redirect("run", campaign.slug, public_id)


def _page(request: HttpRequest, campaign: Campaign, form: RunForm, status: int) -> HttpResponse:
    runs = runs_of(campaign.public_id)
    newest = next((view for view in runs if view.is_newest), None)
    ready = None if newest else readiness_of(campaign)
    waits = ready is not None and not ready.votes.n_judgments
    context = {
        "campaign": campaign,
        "form": form,
        "runs": runs,
        "ready": ready,
        "waits_for": next_before_judging(campaign) if waits else None,
        "newest": newest,
        "rescored": last_rescoring(campaign.public_id, newest.model if newest else None),
        "champion": champion_of(campaign.public_id),
        "training": active_job(campaign.public_id, TRAIN),
        "rescoring": active_job(campaign.public_id, RESCORE),
        "running": running_on(campaign.public_id, but={TRAIN, RESCORE}),
    }
    return render(request, "rewardsvc/models.html", context, status=status)


def _curves(view: RunView, points: list[RunPoint]) -> dict[str, Chart | None]:
    stages: dict[int, list[RunPoint]] = {}
    for point in points:
        stages.setdefault(point.fold, []).append(point)
    n_epochs = max((point.epoch for point in points), default=1)
    n_epochs = max(n_epochs, int(view.run.config.get("epochs", 0)))

    def series(name: str) -> list[tuple[str, list[tuple[int, Any]]]]:
        return [
            (
                "Final model" if fold == RunPoint.FINAL else f"Fold {fold + 1}",
                [(p.epoch, getattr(p, name)) for p in of_fold if getattr(p, name) is not None],
            )
            for fold, of_fold in stages.items()
        ]

    return {
        "loss": chart(series("loss"), n_epochs=n_epochs),
        "accuracy": chart(series("held_out_accuracy"), n_epochs=n_epochs, reference=0.5),
    }
