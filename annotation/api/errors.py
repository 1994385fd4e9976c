"""One shape for every error: {"detail": text, "field": name or null}."""

from typing import Any

from django.core.exceptions import RequestDataTooBig
from rest_framework.response import Response
from rest_framework.views import exception_handler

from annotation.errors import CampaignNotReady, Conflict, DomainError, InvalidAnswer


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """Turn refusals into answers; what is no refusal stays an error of the server."""
    if isinstance(error, InvalidAnswer):
        return _response(400, str(error), error.field or None)
    if isinstance(error, Conflict | CampaignNotReady):
        return _response(409, str(error))
    if isinstance(error, DomainError):
        return _response(400, str(error))
    if isinstance(error, RequestDataTooBig):
        return _response(413, "The body is larger than any answer.")
    response = exception_handler(error, context)
    if response is not None:
        detail = response.data.get("detail") if isinstance(response.data, dict) else None
        response.data = {"detail": str(detail or "The request was refused."), "field": None}
    return response


def _response(status: int, detail: str, field: str | None = None) -> Response:
    return Response({"detail": detail, "field": field}, status=status)
