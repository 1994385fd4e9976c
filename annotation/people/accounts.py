"""Sign in, sign out and change the password. Django does everything else about accounts."""

from typing import Any

from django.conf import settings
from django.contrib.auth import views
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from annotation.common.events import record
from annotation.common.who import signed_in
from annotation.people.forgotten import request_reset
from annotation.people.sign_in.forms import SignInForm
from annotation.people.sign_in.limits import attempt_of, take


class SignIn(views.LoginView):
    """Ask for a user name and a password; a wrong one answers 422, one too many 429."""

    authentication_form = SignInForm
    extra_context = {"sends_mail": bool(settings.EMAIL_URL)}
    http_method_names = ["get", "post"]

    def form_invalid(self, form: object) -> HttpResponse:
        """Show the form again."""
        return self.render_to_response(self.get_context_data(form=form), status=422)


class ChangePassword(views.PasswordChangeView):
    """Let a person choose a new password; a refused one answers 422."""

    http_method_names = ["get", "post"]

    def form_invalid(self, form: object) -> HttpResponse:
        """Show the form again."""
        return self.render_to_response(self.get_context_data(form=form), status=422)

    def form_valid(self, form: Any) -> HttpResponse:
        """Store the new password, and record that it changed."""
        with transaction.atomic():
            answer = super().form_valid(form)
            record(None, signed_in(self.request), "password_changed")
        return answer


@never_cache
@require_http_methods(["GET", "POST"])
def password_forgotten(request: HttpRequest) -> HttpResponse:
    """Send a link for a new password by e-mail; the answer never tells who has an account."""
    if not settings.EMAIL_URL:
        raise Http404("No mail server is set.")
    sent = request.method == "POST"
    if sent:
        name = request.POST.get("name", "").strip()[:254]
        # Counted apart from attempts to sign in.
        wait = take(attempt_of(request, username=f"reset {name}", known_browser=None))
        if wait:
            # The middleware of sign-ins answers 429.
            request.sign_in_wait = wait  # type: ignore[attr-defined]
        else:
            request_reset(name=name, page=request.build_absolute_uri(reverse("account-link")))
    context = {"sent": sent, "wait": getattr(request, "sign_in_wait", None)}
    return render(request, "people/password_forgotten.html", context)
