"""A job's state as JSON, for its owner and for people whom the owner app permits."""

from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, JsonResponse
from django.utils.module_loading import import_string
from django.views.decorators.http import require_GET

from jobs.selectors import as_dict, find_job


@require_GET
@login_required
def job_state(request: HttpRequest, public_id: UUID) -> JsonResponse:
    """Return progress. Raises Http404 for a job that the person may not see."""
    job = find_job(public_id)
    may_see = import_string(settings.JOB_ACCESS)
    if job is None or not may_see(request.user, job):
        raise Http404("No such job.")
    return JsonResponse(as_dict(job))
