"""The quality of a campaign's people over HTTP, for its leads."""

from typing import Any

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.common.access import campaign_led_by
from annotation.common.api.base import ApiView, person
from annotation.quality.selectors.flags import FLAGS
from annotation.quality.selectors.quality_report import quality_report

REASONS = serializers.DictField(
    child=serializers.CharField(), help_text="The reason of every null, by its name."
)


class PersonQualityShape(serializers.Serializer[Any]):
    user = serializers.CharField()
    n = serializers.IntegerField(help_text="Judgments in force.")
    gold = serializers.DictField(
        allow_null=True,
        help_text="Verdicts as expected: k of n, with the Wilson interval low to high, 95 %; and "
        "`dimensions`, the same for the scores of each, within the tolerance.",
    )
    repeats = serializers.DictField(
        help_text="Second answers equal to the first; `same_order` and `changed_order` apart."
    )
    left_share = serializers.DictField(
        help_text="The better edit stood further left: value, low, high, n, q, shrunk."
    )
    agreement = serializers.DictField(
        help_text="The same winner as others, 1/2 by chance, interval over sources; `verdicts`: "
        "the same verdict, ties included."
    )
    speed_z = serializers.FloatField(allow_null=True, help_text="Negative is fast.")
    pace = serializers.DictField()
    straight_lining = serializers.DictField()
    duplicate_notes = serializers.DictField()
    not_loaded = serializers.DictField()
    below_full_size = serializers.DictField()
    impossible_times = serializers.DictField(
        help_text="Answers whose client claims more time at work than passed."
    )
    drift = serializers.DictField(allow_null=True)
    flags = serializers.ListField(child=serializers.ChoiceField(list(FLAGS)))
    action = serializers.ChoiceField(["warn", "pause"], allow_null=True)
    why = REASONS


class CampaignQualityShape(serializers.Serializer[Any]):
    campaign = serializers.CharField()
    n_people = serializers.IntegerField()
    n = serializers.IntegerField()
    n_flagged = serializers.IntegerField()
    typical_agreement = serializers.FloatField(allow_null=True)
    why = REASONS


class QualityShape(serializers.Serializer[Any]):
    people = PersonQualityShape(many=True)
    campaign = CampaignQualityShape()


class Quality(ApiView):
    @extend_schema(
        operation_id="quality",
        responses={
            200: QualityShape,
            401: OpenApiResponse(description="Not signed in."),
            404: OpenApiResponse(description="You lead no campaign of that name."),
        },
    )
    def get(self, request: Request, slug: str) -> Response:
        """Return what is known of each annotator, with n, 95 % intervals and reasons of nulls."""
        return Response(quality_report(campaign_led_by(person(request), slug)))
