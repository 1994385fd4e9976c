"""Whether this web process can reach what it needs, for load balancers and supervisors."""

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from config.redis_reach import redis_answers
from config.request_ids import note_failure


@require_safe
@never_cache
def healthz(_request: HttpRequest) -> JsonResponse:
    """Return 200 while the database answers, else 503.

    Redis is only reported: without it work goes on, but more slowly.
    """
    database, broker = database_answers(), redis_answers(settings.REDIS_URL)
    state = {"database": _word(answers=database), "redis": _word(answers=broker)}
    return JsonResponse(state, status=200 if database else 503)


def database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        note_failure(error)
        return False
    return True


def _word(*, answers: bool) -> str:
    return "ok" if answers else "unreachable"
