"""The 500 response: a page for people, the API's error shape for programs."""

from django.http import HttpRequest, HttpResponse, HttpResponseServerError, JsonResponse
from django.template import loader

from config.request_ids import request_id_of


def server_error(request: HttpRequest) -> HttpResponse:
    """Return 500 with the request id, under which the log has the cause.

    The page is rendered without the request: reading its user may have caused the error.
    """
    request_id = request_id_of(request)
    if request.path_info.startswith("/api/"):
        detail = f"Something broke on the server. Its log names the cause under {request_id}."
        return JsonResponse({"detail": detail, "field": None}, status=500)
    page = loader.get_template("500.html").render({"request_id": request_id})
    return HttpResponseServerError(page)
