"""Pages of the reward service."""

from django.urls import path

from rewardsvc.views import runs as models

urlpatterns = [
    path("c/<slug:slug>/models/", models.models, name="models"),
    path("c/<slug:slug>/models/start/", models.start, name="run-start"),
    path("c/<slug:slug>/models/rescore/", models.rescore, name="rescore"),
    path("c/<slug:slug>/models/<uuid:public_id>/", models.run, name="run"),
    path("c/<slug:slug>/models/<uuid:public_id>/cancel/", models.cancel, name="run-cancel"),
    path("c/<slug:slug>/models/<uuid:public_id>/retry/", models.retry, name="run-retry"),
    path("c/<slug:slug>/models/<uuid:public_id>/champion/", models.champion, name="run-champion"),
]
