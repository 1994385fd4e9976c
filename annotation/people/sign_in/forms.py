"""The sign-in forms of the site and of the admin, which say when the next attempt is possible."""

from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError

MINUTE = 60


class _SaysWhen(AuthenticationForm):
    def get_invalid_login_error(self) -> ValidationError:
        """Return the refusal: the wrong password, or too many attempts."""
        wait = getattr(self.request, "sign_in_wait", None)
        if wait is None:
            return super().get_invalid_login_error()
        return ValidationError(
            f"Too many attempts to sign in. Try again in {_duration(wait)}; the password was not "
            "checked.",
            code="too_many_attempts",
        )


class SignInForm(_SaysWhen):
    """The site's."""


class AdminSignInForm(_SaysWhen, AdminAuthenticationForm):
    """The admin's."""


def _duration(seconds: float) -> str:
    if seconds < MINUTE:
        return f"{round(seconds)} second{'' if round(seconds) == 1 else 's'}"
    minutes = -(-seconds // MINUTE)
    return f"{minutes:.0f} minute{'' if minutes == 1 else 's'}"
