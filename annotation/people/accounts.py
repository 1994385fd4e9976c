"""Sign in, sign out and change the password. Django does everything else about accounts."""

from typing import Any

from django.contrib.auth import views
from django.db import transaction
from django.http import HttpResponse

from annotation.common.events import record
from annotation.common.who import signed_in
from annotation.people.sign_in.forms import SignInForm


class SignIn(views.LoginView):
    """Ask for a user name and a password; a wrong one answers 422, one too many 429."""

    authentication_form = SignInForm
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
