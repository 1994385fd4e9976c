"""A password that somebody else chose must be changed before anything else."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse

from annotation.models import User


def require_new_password(*, user: User) -> None:
    """Let a person change the password before anything else."""
    User.objects.filter(pk=user.pk).update(must_change_password=True)


class FirstPasswordMiddleware:
    """Lead whoever has a password of somebody else's choice to the page that changes it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SESSION_COOKIE_NAME in request.COOKIES and _must_change(request):
            if request.path_info.startswith("/api/"):
                detail = "Change your password first: somebody else chose it."
                return JsonResponse({"detail": detail, "field": None}, status=403)
            if request.path_info not in {reverse("password_change"), reverse("logout")}:
                return redirect("password_change")
        return self.get_response(request)


def _must_change(request: HttpRequest) -> bool:
    return request.user.is_authenticated and request.user.must_change_password
