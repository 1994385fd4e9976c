"""Upload a ZIP, watch its import, read its report."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.defaultfilters import filesizeformat
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_GET, require_http_methods

from annotation.common.access import campaign_led_by, import_for_lead
from annotation.common.who import signed_in
from annotation.errors import ImportRefused
from annotation.items.forms import UploadForm
from annotation.items.imports.report import KINDS, Outcome, grouped
from annotation.items.imports.rows import MAX_INSTRUCTION
from annotation.items.selectors.items import imports_of, with_jobs
from annotation.items.services.import_jobs import start_upload
from annotation.models import Campaign, ImportBatch, User

PAGE = 25
LINES = 100
# Refusals first, since leads look for them.
SHOWN = (Outcome.REFUSED, Outcome.NOTE, Outcome.TAKEN, Outcome.ALREADY_THERE)
# Outcomes whose rows with equal reasons are grouped.
PROBLEMS = (Outcome.REFUSED, Outcome.NOTE)
# Bytes that the form adds to the uploaded file.
FORM_BYTES = 65_536


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def imports(request: HttpRequest, slug: str) -> HttpResponse:
    """List imports; a POST takes a ZIP.

    The CSRF check reads the body. So it runs only after the sender is known as a lead of the
    campaign and the length is known to be allowed.
    """
    user = signed_in(request)
    campaign = campaign_led_by(user, slug)
    if request.method == "POST":
        length = request.META.get("CONTENT_LENGTH") or "0"
        limit = settings.IMPORT_UPLOAD_MAX_BYTES
        if not length.isdecimal() or int(length) > limit + FORM_BYTES:
            form = UploadForm({})
            form.is_valid()
            form.errors.clear()
            form.add_error("file", f"The file is larger than {filesizeformat(limit)}.")
            return _page(request, campaign, form, 413)
        # Longer than other forms may be, so the upload is written to disk while it arrives.
        request.upload_handlers = [TemporaryFileUploadHandler(request)]
    return _imports(request, campaign, user)


@csrf_protect
def _imports(request: HttpRequest, campaign: Campaign, user: User) -> HttpResponse:
    if request.method != "POST":
        return _page(request, campaign, UploadForm(), 200)
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, campaign, form, 422)
    file = form.cleaned_data["file"]
    try:
        batch = start_upload(campaign=campaign, upload=file, filename=file.name, actor=user)
    except ImportRefused as refusal:
        form.add_error("file", str(refusal))
        return _page(request, campaign, form, 422)
    return redirect("import", campaign.slug, batch.public_id)


def _page(request: HttpRequest, campaign: Campaign, form: UploadForm, status: int) -> HttpResponse:
    page = Paginator(imports_of(campaign), PAGE).get_page(request.GET.get("page"))
    context = {
        "campaign": campaign,
        "section": "items",
        "form": form,
        "page": page,
        "rows": with_jobs(list(page.object_list)),
        "max_instruction": MAX_INSTRUCTION,
    }
    return render(request, "items/imports.html", context, status=status)


@require_GET
@login_required
def import_report(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    """Show one import: progress while it runs, then counts and rows with reasons."""
    campaign = campaign_led_by(signed_in(request), slug)
    batch = import_for_lead(campaign, public_id)
    (row,) = with_jobs([batch])
    lines = batch.report.get("rows", [])
    numbers = {outcome: sum(x["outcome"] == outcome for x in lines) for outcome in SHOWN}
    shown = request.GET.get("show")
    if shown not in SHOWN:
        shown = next((str(outcome) for outcome in SHOWN if numbers[outcome]), None)
    chosen = [line for line in lines if line["outcome"] == shown]
    context = {
        "campaign": campaign,
        "section": "items",
        "batch": batch,
        "job": row.job,
        "counts": _counts(batch),
        "tabs": [(outcome, _words(outcome), numbers[outcome]) for outcome in SHOWN],
        "shown": shown,
        "groups": [group for group in grouped(chosen) if group.n > 1] if shown in PROBLEMS else [],
        "page": Paginator(chosen, LINES).get_page(request.GET.get("page")),
    }
    return render(request, "items/import.html", context)


def _counts(batch: ImportBatch) -> list[tuple[str, dict[str, Any]]]:
    """Return (kind, counts) in the order of the report; JSON in the database has none."""
    counts = batch.report.get("counts", {})
    return [(kind, counts[kind]) for kind in KINDS if kind in counts]


def _words(outcome: Outcome) -> str:
    return {"note": "notes", "already_there": "there already"}.get(outcome, str(outcome))
