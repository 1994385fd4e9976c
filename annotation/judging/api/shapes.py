"""Request and response bodies for the OpenAPI document. Nothing is validated here."""

from typing import Any

from drf_spectacular.utils import OpenApiResponse, inline_serializer
from rest_framework import serializers

from annotation.answers.parsing import MAX_ACTIVE_MS, MAX_NOTE, MAX_REASON, TIE_KINDS
from annotation.judging.api.answer_shapes import EvidenceShape, RemarksShape
from annotation.models.rubrics import WORDINGS
from annotation.people.preferences import (
    ACTION,
    BREAK_MINUTES,
    CODE,
    DAILY_GOAL,
    DOCK,
    SENSITIVE,
    SURROUND,
)
from annotation.queue.services.leases import MAX_AHEAD, MAX_AHEAD_OFFLINE
from annotation.queue.services.returns import MAX_GRACE

REASONS = ("waiting", "done", "paused", "not_qualified")


class ErrorShape(serializers.Serializer[Any]):
    detail = serializers.CharField()
    field = serializers.CharField(allow_null=True, help_text="The part of the body at fault.")


class LevelShape(serializers.Serializer[Any]):
    value = serializers.IntegerField()
    name = serializers.CharField()
    text = serializers.CharField()


class CriterionShape(serializers.Serializer[Any]):
    name = serializers.CharField()
    text = serializers.CharField()


class DimensionShape(serializers.Serializer[Any]):
    slug = serializers.CharField()
    name = serializers.CharField()
    question = serializers.CharField(allow_blank=True)
    levels = LevelShape(many=True)
    criteria = CriterionShape(many=True)


class RubricShape(serializers.Serializer[Any]):
    version = serializers.IntegerField()
    criteria_wording = serializers.ChoiceField(
        WORDINGS,
        help_text="fault: a criterion names what is wrong. quality: it names what should hold, "
        'and a failed one is shown as "not: ...".',
    )
    dimensions = DimensionShape(many=True)


class ImageShape(serializers.Serializer[Any]):
    url = serializers.CharField(help_text="Fit-size view.")
    full_url = serializers.CharField(help_text="Lossless 1:1 view.")
    width = serializers.IntegerField(help_text="Of the 1:1 view, in pixels.")
    height = serializers.IntegerField()


class EditShape(ImageShape):
    shift = serializers.ListField(
        child=serializers.FloatField(),
        help_text="How far it lies off the source, right and down, in fractions; 0 if unknown.",
    )


class RegionShape(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(("candidates", "mask"))
    url = serializers.CharField(help_text="White where a change is meant.")


class AssignmentShape(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    instruction = serializers.CharField()
    rubric = RubricShape()
    source = ImageShape()  # type: ignore[assignment]  # a field's own name in DRF
    candidates = EditShape(many=True, help_text="In the order to show.")
    region = RegionShape(allow_null=True)
    language = serializers.CharField(allow_blank=True, help_text="Of the instruction.")
    sensitive = serializers.CharField(
        allow_blank=True, help_text="Why it may disturb: not to be shown unasked."
    )
    expires_at = serializers.DateTimeField()


AHEAD = f"More than {MAX_AHEAD} only with `offline`."
OFFLINE = "The person takes work along to where there is no connection."


class NextRequest(serializers.Serializer[Any]):
    ahead = serializers.IntegerField(
        min_value=1, max_value=MAX_AHEAD_OFFLINE, default=1, help_text=AHEAD
    )
    offline = serializers.BooleanField(default=False, help_text=OFFLINE)


class WorkShape(serializers.Serializer[Any]):
    assignments = AssignmentShape(many=True)
    reason = serializers.ChoiceField(REASONS, allow_null=True)
    detail = serializers.CharField(
        allow_blank=True, help_text="A sentence for the person where the reason says too little."
    )


class VerdictShape(serializers.Serializer[Any]):
    ranks = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=4), min_length=2, max_length=4
    )
    tie_kind = serializers.ChoiceField(TIE_KINDS, allow_null=True, required=False)


class RevisionRequest(serializers.Serializer[Any]):
    client_id = serializers.UUIDField(help_text="Chosen by the client; the same one repeats.")
    scores = serializers.DictField(
        child=serializers.ListField(child=serializers.IntegerField(min_value=1, max_value=4)),
        required=False,
        allow_null=True,
        help_text="One list per dimension, by screen position.",
    )
    verdict = VerdictShape(required=False, allow_null=True)
    cannot_judge = serializers.CharField(allow_null=True, required=False, max_length=MAX_REASON)
    note = serializers.CharField(required=False, allow_blank=True, max_length=MAX_NOTE)
    active_ms = serializers.IntegerField(
        required=False, allow_null=True, min_value=0, max_value=MAX_ACTIVE_MS
    )
    evidence = EvidenceShape(required=False, allow_null=True)
    remarks = RemarksShape(
        required=False, allow_null=True, help_text="Left out in a revision: the old ones stay."
    )


class AnswerShape(RevisionRequest):
    ahead = serializers.IntegerField(
        min_value=0, max_value=MAX_AHEAD_OFFLINE, default=0, help_text=AHEAD
    )
    offline = serializers.BooleanField(default=False, help_text=OFFLINE)


class LessonShape(serializers.Serializer[Any]):
    scores = serializers.DictField(
        child=serializers.ListField(child=serializers.IntegerField()),
        help_text="One list per dimension, by screen position.",
    )
    ranks = serializers.ListField(child=serializers.IntegerField())
    tie_kind = serializers.ChoiceField(TIE_KINDS, allow_null=True)
    explanation = serializers.CharField()


class SubmittedShape(WorkShape):
    judgment = serializers.UUIDField()
    state = serializers.ChoiceField(("counted", "surplus"))
    not_counted = serializers.CharField(
        allow_blank=True, help_text="Of a surplus answer: why it does not count, for the person."
    )
    lesson = LessonShape(
        required=False, help_text="In training only: the reference answer and its explanation."
    )


class SkipRequest(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=MAX_REASON)


class ReportRequest(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=MAX_REASON)


class ReleaseRequest(serializers.Serializer[Any]):
    grace_s = serializers.IntegerField(
        min_value=0, max_value=MAX_GRACE, default=0, help_text="Seconds until it is given back."
    )


class HeartbeatShape(serializers.Serializer[Any]):
    expires_at = serializers.DateTimeField()


class OwnJudgmentShape(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    assignment = serializers.UUIDField()
    instruction = serializers.CharField()
    rubric_version = serializers.IntegerField()
    source = ImageShape()  # type: ignore[assignment]  # a field's own name in DRF
    candidates = ImageShape(many=True, help_text="In the order shown.")
    scores = serializers.DictField(
        child=serializers.ListField(child=serializers.IntegerField()),
        allow_null=True,
        help_text="One list per dimension, by screen position.",
    )
    verdict = VerdictShape(allow_null=True)
    cannot_judge = serializers.CharField(allow_null=True)
    note = serializers.CharField(allow_blank=True)
    remarks = RemarksShape(help_text="By screen position; what says nothing is left out.")
    state = serializers.ChoiceField(("counted", "surplus", "superseded", "set_aside"))
    created_at = serializers.DateTimeField()
    revises = serializers.UUIDField(allow_null=True, help_text="The answer this one replaced.")
    revisable_until = serializers.DateTimeField(
        allow_null=True, help_text="Null: it cannot be changed (any more)."
    )


class OwnJudgmentsShape(serializers.Serializer[Any]):
    judgments = OwnJudgmentShape(many=True, help_text="Newest first.")
    older = serializers.UUIDField(allow_null=True, help_text="The next page's `before`.")


class RevisedShape(serializers.Serializer[Any]):
    judgment = serializers.UUIDField()
    state = serializers.ChoiceField(("counted",))


class PreferencesRequest(serializers.Serializer[Any]):
    keys = serializers.DictField(
        child=serializers.RegexField(f"^{CODE.pattern}$"),
        required=False,
        help_text=f"KeyboardEvent.code by action ({ACTION.pattern}); no key is bound twice.",
    )
    keys_on = serializers.BooleanField(required=False)
    keep_zoom = serializers.BooleanField(required=False)
    sensitive = serializers.ChoiceField(SENSITIVE, required=False)
    break_minutes = serializers.IntegerField(
        required=False,
        min_value=BREAK_MINUTES[0],
        max_value=BREAK_MINUTES[1],
        help_text="0: never.",
    )
    advance = serializers.BooleanField(
        required=False, help_text="Outline the next edit when all scores of one are chosen."
    )
    dock = serializers.ChoiceField(
        DOCK, required=False, help_text="Where the controls stand; auto: for larger pictures."
    )
    surround = serializers.ChoiceField(SURROUND, required=False)
    daily_goal = serializers.IntegerField(
        required=False, min_value=DAILY_GOAL[0], max_value=DAILY_GOAL[1], help_text="0: none."
    )
    work_offline = serializers.BooleanField(
        required=False, help_text="Keep six comparisons ready, for a line that breaks."
    )


class PreferencesShape(serializers.Serializer[Any]):
    keys = serializers.DictField(child=serializers.CharField())
    keys_on = serializers.BooleanField()
    keep_zoom = serializers.BooleanField()
    sensitive = serializers.ChoiceField(SENSITIVE)
    break_minutes = serializers.IntegerField()
    advance = serializers.BooleanField()
    dock = serializers.ChoiceField(DOCK)
    surround = serializers.ChoiceField(SURROUND)
    daily_goal = serializers.IntegerField()
    work_offline = serializers.BooleanField()


StateShape = inline_serializer("AssignmentState", {"state": serializers.CharField()})


def refusals(*statuses: int) -> dict[int, OpenApiResponse]:
    """Return the error answers of an operation; 401 and 404 are common to all."""
    meanings = {
        400: "A field is malformed; it is named.",
        401: "Not signed in.",
        403: "The session's CSRF token is missing.",
        404: "Nothing of that name is yours.",
        409: "The assignment is past this.",
    }
    return {
        status: OpenApiResponse(ErrorShape, meanings[status])
        for status in sorted({401, 403, 404, *statuses})
    }
