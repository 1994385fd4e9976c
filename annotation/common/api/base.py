"""What every view of the API shares."""

from collections.abc import Callable, Mapping
from typing import Any, cast

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.views import APIView

from annotation.common.api.errors import handle
from annotation.common.api.keys import SAFE
from annotation.common.call_limits import refuse_too_many
from annotation.common.key_access import KeyAccess, Scope
from annotation.errors import InvalidAnswer
from annotation.models import User


class StrictJsonParser(JSONParser):
    """Parse JSON; nesting that is too deep is refused instead of raising RecursionError."""

    def parse(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().parse(*args, **kwargs)
        except RecursionError:
            raise ParseError("JSON parse error - nested too deeply") from None


class ApiView(APIView):
    parser_classes = [StrictJsonParser]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if isinstance(request.auth, KeyAccess):
            refuse_too_many(person(request).pk)
            request.auth.require(Scope.READ if request.method in SAFE else Scope.ANNOTATE)

    def get_exception_handler(self) -> Callable[..., Any]:
        return handle


def person(request: Request) -> User:
    """Return the user of the request; all views require one."""
    return cast("User", request.user)


def body_of(request: Request, *known: str) -> dict[str, Any]:
    """Return the JSON object of a request, {} for an empty body; raises as `object_of`."""
    return object_of(request.data, *known)


def object_of(data: Any, *known: str) -> dict[str, Any]:
    """Return a body's JSON value as an object.

    Raises InvalidAnswer for another value, and for a field that is not known (if any are named).
    """
    if not isinstance(data, Mapping):
        raise InvalidAnswer("", "The body must be a JSON object.")
    for name in data if known else ():
        if name not in known:
            # PostgreSQL and some readers of JSON refuse half of a surrogate pair.
            shown = str(name)[:60].encode(errors="replace").decode()
            raise InvalidAnswer(shown, f"There is no field “{shown}”.")
    return dict(data)
