"""The signed-in user of a request."""

from typing import cast

from django.http import HttpRequest

from annotation.models import User


def signed_in(request: HttpRequest) -> User:
    """Return the user of a request that passed login_required."""
    return cast("User", request.user)
