"""Who asks, once login_required has let them in."""

from typing import cast

from django.http import HttpRequest

from annotation.models import User


def signed_in(request: HttpRequest) -> User:
    """Return the person behind a request that passed login_required."""
    return cast("User", request.user)
