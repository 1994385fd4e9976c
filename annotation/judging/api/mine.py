"""A person's own answers over HTTP: read them, and change one."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.answers.context import answer_context
from annotation.common.access import campaign_for, judgment_for
from annotation.common.api.base import ApiView, body_of, person
from annotation.errors import InvalidAnswer
from annotation.judging.api import shapes
from annotation.judging.selectors import OwnJudgment, own_judgments
from annotation.judging.services.judgments import read_answer
from annotation.judging.services.revisions import revise_judgment


class OwnJudgments(ApiView):
    @extend_schema(
        operation_id="own_judgments",
        parameters=[
            OpenApiParameter("before", UUID, description="The last page's `older`; none: newest.")
        ],
        responses={200: shapes.OwnJudgmentsShape, **shapes.refusals(400)},
    )
    def get(self, request: Request, slug: str) -> Response:
        """Return a page of the person's answers, newest first, including superseded ones."""
        campaign = campaign_for(person(request), slug)
        before = _before(request.query_params.get("before"))
        page = own_judgments(campaign, person(request), before=before)
        body = {"judgments": [_as_dict(one) for one in page.judgments], "older": page.older}
        return Response(body)


class ReviseJudgment(ApiView):
    @extend_schema(
        operation_id="revise_judgment",
        request=shapes.RevisionRequest,
        responses={
            200: shapes.RevisedShape,
            201: shapes.RevisedShape,
            **shapes.refusals(400, 409),
        },
    )
    def post(self, request: Request, public_id: UUID) -> Response:
        """Replace an answer; 200 when this client_id did so before.

        Allowed within the time that the campaign sets. The first answer stays on record.
        """
        judgment = judgment_for(person(request), public_id)
        context = answer_context(judgment.assignment.public_id, person(request).pk)
        result = revise_judgment(
            judgment_public_id=public_id,
            annotator=person(request),
            answer=read_answer(context, body_of(request)),
        )
        body = {"judgment": result.public_id, "state": result.state}
        return Response(body, status=201 if result.created else 200)


def _before(text: str | None) -> UUID | None:
    try:
        return None if text is None else UUID(text)
    except ValueError:
        raise InvalidAnswer("before", "before must be a judgment's UUID.") from None


def _as_dict(one: OwnJudgment) -> dict[str, Any]:
    verdict = one.ranks and {"ranks": one.ranks, "tie_kind": one.tie_kind}
    return {
        "id": one.public_id,
        "assignment": one.assignment,
        "instruction": one.instruction,
        "rubric_version": one.rubric["version"],
        "source": one.source,
        "candidates": one.candidates,
        "scores": one.scores,
        "verdict": verdict,
        "cannot_judge": one.cannot_judge or None,
        "note": one.note,
        "remarks": one.remarks,
        "state": one.state,
        "created_at": one.created_at,
        "revises": one.revises,
        "revisable_until": one.revisable_until,
    }
