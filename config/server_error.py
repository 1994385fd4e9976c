"""What a fault of the server looks like: a page for people, the API's error shape for programs."""

from django.http import HttpRequest, HttpResponse, HttpResponseServerError, JsonResponse
from django.template import loader

from config.request_ids import request_id_of


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 500 with the id under which the log holds the cause.

    The page is rendered without the request: its user may be what could not be read.
    """
    request_id = request_id_of(request)
    if request.path_info.startswith("/api/"):
        detail = f"Something broke on the server. Its log names the cause under {request_id}."
        return JsonResponse({"detail": detail, "field": None}, status=500)
    page = loader.get_template("500.html").render({"request_id": request_id})
    return HttpResponseServerError(page)
