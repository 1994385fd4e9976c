"""Settings of the person, the same in every campaign."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.common.api.base import ApiView, body_of, person
from annotation.judging.api import shapes
from annotation.people.preferences import preferences_of, replace_preferences


class Preferences(ApiView):
    @extend_schema(
        operation_id="preferences",
        responses={200: shapes.PreferencesShape, **shapes.refusals()},
    )
    def get(self, request: Request) -> Response:
        """Return the person's preferences, with defaults for what was never chosen."""
        return Response(preferences_of(person(request)))

    @extend_schema(
        operation_id="replace_preferences",
        request=shapes.PreferencesRequest,
        responses={200: shapes.PreferencesShape, **shapes.refusals(400)},
    )
    def put(self, request: Request) -> Response:
        """Replace all preferences; one that is left out takes its default."""
        return Response(replace_preferences(user=person(request), preferences=body_of(request)))
