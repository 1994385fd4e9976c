"""The HTTP API, version 1."""

from django.urls import path

from annotation.common.api import docs
from annotation.judging.api import me, mine, views
from annotation.quality import api as quality

urlpatterns = [
    path("schema/", docs.Schema.as_view(), name="api-schema"),
    path("docs/", docs.Docs.as_view(), name="api-docs"),
    path(
        "campaigns/<slug:slug>/assignments/next/",
        views.NextAssignments.as_view(),
        name="api-next",
    ),
    path(
        "assignments/<uuid:public_id>/judgment/",
        views.SubmitJudgment.as_view(),
        name="api-judgment",
    ),
    path("assignments/<uuid:public_id>/skip/", views.SkipAssignment.as_view(), name="api-skip"),
    path(
        "assignments/<uuid:public_id>/report/",
        views.ReportItem.as_view(),
        name="api-report",
    ),
    path(
        "assignments/<uuid:public_id>/heartbeat/",
        views.KeepAssignment.as_view(),
        name="api-heartbeat",
    ),
    path(
        "assignments/<uuid:public_id>/release/",
        views.ReleaseAssignment.as_view(),
        name="api-release",
    ),
    path("campaigns/<slug:slug>/quality/", quality.Quality.as_view(), name="api-quality"),
    path("me/preferences/", me.Preferences.as_view(), name="api-preferences"),
    path(
        "campaigns/<slug:slug>/judgments/",
        mine.OwnJudgments.as_view(),
        name="api-judgments",
    ),
    path(
        "judgments/<uuid:public_id>/revision/",
        mine.ReviseJudgment.as_view(),
        name="api-revision",
    ),
]
