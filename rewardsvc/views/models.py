"""A campaign's training runs and models, for its lead."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from annotation.models import Campaign, User
from annotation.selectors.access import campaign_led_by
from jobs import services as jobs
from rewardsvc.charts import Chart, chart
from rewardsvc.errors import RunRefused
from rewardsvc.models import RunPoint
from rewardsvc.selectors import RunView, champion_of, points_of, run_of_campaign, runs_of
from rewardsvc.services.runs import (
    BACKBONES,
    MAX_FOLDS,
    MIN_FOLDS,
    RESCORE,
    TARGETS,
    TRAIN,
    RunRequest,
    active_job,
    start_rescoring,
    start_run,
)


class RunForm(forms.Form):
    """What a lead may choose for a run; everything else keeps the backbone's defaults."""

    backbone = forms.ChoiceField(choices=[(name, name) for name in BACKBONES])
    target = forms.ChoiceField(
        label="Learn from",
        choices=list(zip(TARGETS, ("majority of verdicts", "summed mean scores"), strict=True)),
    )
    n_folds = forms.IntegerField(
        label="Folds",
        min_value=MIN_FOLDS,
        max_value=MAX_FOLDS,
        initial=MIN_FOLDS,
        help_text="Each fold model leaves out a share of the sources, to disagree honestly.",
    )
    epochs = forms.IntegerField(
        min_value=1, max_value=500, required=False, help_text="Empty: as many as the backbone asks."
    )
    seed = forms.IntegerField(min_value=0, max_value=2**31 - 1, initial=0)

    def request(self) -> RunRequest:
        """Return the run that is asked for."""
        data = self.cleaned_data
        config = {name: data[name] for name in ("epochs", "seed") if data[name] is not None}
        return RunRequest(
            backbone=data["backbone"],
            target=data["target"],
            n_folds=data["n_folds"],
            config=config,
        )


@require_GET
@login_required
def models(request: HttpRequest, slug: str) -> HttpResponse:
    """List runs and models, with the form that starts a run."""
    campaign = campaign_led_by(request.user, slug)  # type: ignore[arg-type]
    return _page(request, campaign, RunForm(), 200)


@require_POST
@login_required
def start(request: HttpRequest, slug: str) -> HttpResponse:
    """Start a training run."""
    user: User = request.user  # type: ignore[assignment]
    campaign = campaign_led_by(user, slug)
    form = RunForm(request.POST)
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
    """Score every candidate with the champion."""
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
    context = {
        "campaign": campaign,
        "section": "models",
        "view": view,
        "points": [point for point in points if point.fold == RunPoint.FINAL],
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


def _page(request: HttpRequest, campaign: Campaign, form: RunForm, status: int) -> HttpResponse:
    context = {
        "campaign": campaign,
        "form": form,
        "runs": runs_of(campaign.public_id),
        "champion": champion_of(campaign.public_id),
        "training": active_job(campaign.public_id, TRAIN),
        "rescoring": active_job(campaign.public_id, RESCORE),
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
                [(p.epoch, getattr(p, name)) for p in own if getattr(p, name) is not None],
            )
            for fold, own in stages.items()
        ]

    return {
        "loss": chart(series("loss"), n_epochs=n_epochs),
        "accuracy": chart(series("held_out_accuracy"), n_epochs=n_epochs, reference=0.5),
    }
