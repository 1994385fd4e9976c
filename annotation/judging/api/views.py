"""Lease, answer, skip, extend and release assignments over HTTP."""

from typing import Any
from uuid import UUID

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.answers.context import AnswerContext, answer_context, scales_of
from annotation.common.api.base import ApiView, body_of, person
from annotation.items.services.sensitive import report_item
from annotation.judging.api import shapes
from annotation.judging.api.hot_view import HotView
from annotation.judging.api.lease_fields import ahead_in, grace_in
from annotation.judging.services.judgments import SubmitResult, read_answer, submit_judgment
from annotation.models import Lane, User
from annotation.queue.selectors.work import lease_as_shown
from annotation.queue.services import returns
from annotation.queue.services.leases import LeaseResult, lease_by_slug
from annotation.references.selectors import lesson

# Beside the answer: how much work is wanted next.
LEASE_FIELDS = ("ahead", "offline")


class NextAssignments(HotView):
    fields = LEASE_FIELDS

    @extend_schema(
        operation_id="next_assignments",
        request=shapes.NextRequest,
        responses={200: shapes.WorkShape, **shapes.refusals(400, 409)},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Lease up to `ahead` comparisons. Open leases come back first."""
        return self.respond(request, slug=slug)

    def answer(self, user: User, data: dict[str, Any], *, slug: str) -> tuple[int, Any]:  # type: ignore[override]
        ahead = ahead_in(data, default=1, lowest=1)
        return 200, _work(lease_by_slug(slug=slug, annotator_id=user.pk, ahead=ahead))


class SubmitJudgment(HotView):
    @extend_schema(
        operation_id="submit_judgment",
        request=shapes.AnswerShape,
        responses={
            200: shapes.SubmittedShape,
            201: shapes.SubmittedShape,
            **shapes.refusals(400, 409),
        },
    )
    def post(self, request: Request, public_id: UUID) -> Response:
        """Answer an assignment, also after its lease ended; 200 when this client_id did so before.

        With `ahead`, the response also holds the next assignments.
        """
        return self.respond(request, public_id=public_id)

    def answer(self, user: User, data: dict[str, Any], *, public_id: UUID) -> tuple[int, Any]:  # type: ignore[override]
        context = answer_context(public_id, user.pk)
        ahead = ahead_in(data, default=0, lowest=0)
        data = {name: value for name, value in data.items() if name not in LEASE_FIELDS}
        result = submit_judgment(
            assignment_public_id=public_id,
            annotator=user,
            answer=read_answer(context, data),
        )
        body = {
            "judgment": result.public_id,
            "state": result.state,
            "not_counted": result.not_counted,
        }
        body |= _lesson(result, context)
        work = _next_work(context.campaign, user.pk, ahead)
        return 201 if result.created else 200, body | work


class SkipAssignment(ApiView):
    @extend_schema(
        operation_id="skip_assignment",
        request=shapes.SkipRequest,
        responses={200: shapes.StateShape, **shapes.refusals(400, 409)},
    )
    def post(self, request: Request, public_id: UUID) -> Response:
        """Skip a comparison permanently, with a reason."""
        reason = body_of(request, "reason").get("reason")
        assignment = returns.skip(
            assignment_public_id=public_id, annotator=person(request), reason=reason
        )
        return Response({"state": assignment.state})


class ReportItem(ApiView):
    @extend_schema(
        operation_id="report_item",
        request=shapes.ReportRequest,
        responses={204: None, **shapes.refusals(400)},
    )
    def post(self, request: Request, public_id: UUID) -> Response:
        """Report disturbing pictures to the leads; a second report, or a lead, blurs them."""
        reason = body_of(request, "reason").get("reason")
        report_item(assignment_public_id=public_id, annotator=person(request), reason=reason)
        return Response(status=204)


class KeepAssignment(ApiView):
    @extend_schema(
        operation_id="keep_assignment",
        request=None,
        responses={200: shapes.HeartbeatShape, **shapes.refusals(409)},
    )
    def post(self, request: Request, public_id: UUID) -> Response:
        """Extend a live lease to its full time."""
        expires_at = returns.heartbeat(assignment_public_id=public_id, annotator=person(request))
        return Response({"expires_at": expires_at})


class ReleaseAssignment(ApiView):
    @extend_schema(
        operation_id="release_assignment",
        request=shapes.ReleaseRequest,
        responses={200: shapes.StateShape, **shapes.refusals(400, 409)},
    )
    def post(self, request: Request, public_id: UUID) -> Response:
        """Release a lease; the comparison may be served again.

        A heartbeat within the grace time cancels the release.
        """
        assignment = returns.release(
            assignment_public_id=public_id,
            annotator=person(request),
            grace_seconds=grace_in(body_of(request, "grace_s")),
        )
        return Response({"state": assignment.state})


def _lesson(result: SubmitResult, context: AnswerContext) -> dict[str, Any]:
    """Return the reference answer for the response, where the assignment was training."""
    if result.lane != Lane.TRAINING:
        return {}
    slugs = {scale.slug for scale in scales_of(context.rubric_id)}
    explained = lesson(context.assignment_id, context.shown_order, slugs)
    return {} if explained is None else {"lesson": explained}


def _work(result: LeaseResult) -> dict[str, Any]:
    return {
        "assignments": [lease_as_shown(lease) for lease in result.leases],
        "reason": result.reason,
        "detail": result.detail,
    }


def _next_work(slug: str, annotator_id: int, ahead: int) -> dict[str, Any]:
    """Return the next work; no error for a removed person, since the answer is stored already."""
    if not ahead:
        return {"assignments": [], "reason": None, "detail": ""}
    try:
        return _work(lease_by_slug(slug=slug, annotator_id=annotator_id, ahead=ahead))
    except Http404:
        # The person was removed from the campaign meanwhile.
        return {"assignments": [], "reason": "not_qualified", "detail": ""}
