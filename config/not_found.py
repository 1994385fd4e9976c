"""The 404 response: a page for people, the API's error shape for programs."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.defaults import page_not_found


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Return 404 for an address without a route."""
    if request.path_info.startswith("/api/"):
        return JsonResponse({"detail": "There is nothing here.", "field": None}, status=404)
    return page_not_found(request, exception)
