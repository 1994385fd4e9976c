"""The remarks and the evidence of an answer, for the OpenAPI document."""

from typing import Any

from rest_framework import serializers

from annotation.answers.remark_parsing import MAX_DEFECTS, MAX_REASONS, STRENGTHS
from annotation.answers.remark_parsing import MAX_REASON as MAX_CHIP
from annotation.models import Campaign

REASONS = ("waiting", "done", "paused", "not_qualified")


class DefectShape(serializers.Serializer[Any]):
    candidate = serializers.IntegerField(min_value=0, max_value=3, help_text="Screen position.")
    box = serializers.ListField(
        child=serializers.FloatField(min_value=0, max_value=1),
        min_length=4,
        max_length=4,
        help_text="x, y, width, height in fractions of the edit; inside it, and with area.",
    )
    dimension = serializers.CharField(required=False, allow_null=True)
    criterion = serializers.IntegerField(
        required=False, allow_null=True, min_value=0, help_text="Needs its dimension."
    )


class RemarksShape(serializers.Serializer[Any]):
    flags = serializers.DictField(
        child=serializers.ListField(
            child=serializers.ListField(child=serializers.IntegerField(min_value=0))
        ),
        required=False,
        allow_null=True,
        help_text="Failed criteria by dimension: their numbers, a list per screen position.",
    )
    strength = serializers.IntegerField(
        required=False,
        allow_null=True,
        min_value=min(STRENGTHS),
        max_value=max(STRENGTHS),
        help_text="1 slightly, 2 clearly, 3 much better; two candidates without a tie only.",
    )
    reasons = serializers.ListField(
        child=serializers.CharField(max_length=MAX_CHIP),
        required=False,
        allow_null=True,
        max_length=MAX_REASONS,
    )
    defects = DefectShape(
        many=True, required=False, allow_null=True, help_text=f"At most {MAX_DEFECTS}."
    )
    flagged = serializers.BooleanField(
        required=False, allow_null=True, help_text="Somebody should look at it."
    )


class EvidenceShape(serializers.Serializer[Any]):
    """What the judging page sends; other keys are stored as well."""

    images_loaded = serializers.BooleanField(required=False)
    views = serializers.DictField(
        child=serializers.FloatField(), required=False, help_text="Milliseconds by view."
    )
    switches = serializers.IntegerField(required=False, help_text="Changes of view.")
    largest_zoom = serializers.FloatField(
        required=False, help_text="Pixels of the device per image pixel."
    )
    full_size_seen = serializers.ListField(
        child=serializers.BooleanField(), required=False, help_text="By pane, the source first."
    )
    source_held = serializers.BooleanField(required=False)
    outside_seen = serializers.BooleanField(required=False)
    device_pixel_ratio = serializers.FloatField(required=False)
    pane = serializers.ListField(
        child=serializers.FloatField(),
        required=False,
        min_length=2,
        max_length=2,
        help_text="Width and height in CSS pixels; a campaign may ask for a least size.",
    )
    gamut = serializers.ChoiceField(
        Campaign.Gamut.values, required=False, help_text="A campaign may ask for a least one."
    )
    conflict_confirmed = serializers.BooleanField(required=False)
