"""Freeze a campaign, ask for exports of what was frozen, and download them."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from annotation.common.access import campaign_led_by, export_for_lead
from annotation.common.api.keys import user_or_key
from annotation.common.events import record
from annotation.common.key_access import Scope
from annotation.common.steps import next_before_judging
from annotation.errors import DomainError
from annotation.items.selectors.items import categories, generator_names, languages
from annotation.models import Campaign, User
from annotation.rubrics.selectors import dimension_names
from annotation.snapshots.export_jobs import export_detail, request_export
from annotation.snapshots.forms import ExportForm
from annotation.snapshots.previews import Preview, preview
from annotation.snapshots.selectors import exports_of, snapshots_of
from annotation.snapshots.services import request_freeze
from jobs.selectors import jobs_of


@require_GET
@login_required
def snapshots(request: HttpRequest, slug: str) -> HttpResponse:
    """List snapshots and exports."""
    campaign = campaign_led_by(request.user, slug)  # type: ignore[arg-type]
    return _page(request, campaign, _form(campaign), 200)


@require_POST
@login_required
def freeze(request: HttpRequest, slug: str) -> HttpResponse:
    """Start a job that freezes the campaign's data."""
    user: User = request.user  # type: ignore[assignment]
    campaign = campaign_led_by(user, slug)
    request_freeze(campaign=campaign, actor=user)
    return redirect("snapshots", campaign.slug)


@require_POST
@login_required
def export(request: HttpRequest, slug: str) -> HttpResponse:
    """Start a job that writes an export, or show what it would hold."""
    user: User = request.user  # type: ignore[assignment]
    campaign = campaign_led_by(user, slug)
    form = _form(campaign, request.POST)
    if not form.is_valid():
        return _page(request, campaign, form, 422)
    asked = {
        "snapshot": form.cleaned_data["snapshot"],
        "format_name": form.cleaned_data["format"],
        "options": form.options,
    }
    try:
        if "preview" in request.POST:
            return _page(request, campaign, form, 200, preview=preview(**asked))
        request_export(**asked, actor=user)
    except DomainError as refusal:
        form.add_error(None, str(refusal))
        return _page(request, campaign, form, 422)
    messages.success(request, "The export is being written; its link appears below.")
    return redirect("snapshots", campaign.slug)


@require_http_methods(["GET", "HEAD"])
def download(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponseBase:
    """Send an export's file; also to a program, with a key that allows it."""
    user = user_or_key(request, scopes=[Scope.EXPORT])
    if user is None:
        return redirect_to_login(request.get_full_path())
    campaign = campaign_led_by(user, slug)
    found = export_for_lead(campaign, public_id)
    if not found.path or not default_storage.exists(found.path):
        raise Http404("This export is not written yet.")
    name = f"{campaign.slug}-{found.format}-{found.snapshot.content_sha256[:12]}.zip"
    if request.method == "GET":
        record(campaign, user, "export_downloaded", **export_detail(found))
    return FileResponse(default_storage.open(found.path), as_attachment=True, filename=name)


def _form(campaign: Campaign, data: QueryDict | None = None) -> ExportForm:
    named = {
        "categories": categories(campaign),
        "languages": languages(campaign),
        "generators": generator_names(campaign),
    }
    values = {name: [(each, each) for each in found] for name, found in named.items()}
    form = ExportForm(data, values=values | {"overall": list(dimension_names(campaign).items())})
    form.fields["snapshot"].queryset = snapshots_of(campaign)  # type: ignore[attr-defined]
    return form


def _page(
    request: HttpRequest,
    campaign: Campaign,
    form: ExportForm,
    status: int,
    preview: Preview | None = None,
) -> HttpResponse:
    found = list(snapshots_of(campaign))
    context = {
        "campaign": campaign,
        "form": form,
        "preview": preview,
        "snapshots": found,
        "waits_for": None if found else next_before_judging(campaign),
        "exports": exports_of(campaign),
        "freezing": jobs_of(campaign.public_id, "annotation.freeze").first(),
    }
    return render(request, "snapshots/snapshots.html", context, status=status)
