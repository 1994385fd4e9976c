"""Pages of the annotation app."""

from django.urls import path

from annotation.views import agreement, disagreement, judge, media, snapshots

urlpatterns = [
    path("c/<slug:slug>/judge/", judge.judge, name="judge"),
    path(
        "media/a/<uuid:public_id>/<str:place>/<str:variant>.webp",
        media.assignment_media,
        name="assignment-image",
    ),
    path(
        "media/c/<slug:slug>/items/<uuid:public_id>/<str:variant>",
        media.item_media,
        name="lead-item-image",
    ),
    path(
        "media/c/<slug:slug>/candidates/<uuid:public_id>/<str:variant>",
        media.candidate_media,
        name="lead-candidate-image",
    ),
    path("c/<slug:slug>/agreement/", agreement.agreement, name="agreement"),
    path("c/<slug:slug>/people/<uuid:pseudonym>/", agreement.annotator, name="annotator"),
    path("c/<slug:slug>/disagreement/", disagreement.disagreement, name="disagreement"),
    path("c/<slug:slug>/disagreement/send-back/", disagreement.send_back, name="send-back"),
    path("c/<slug:slug>/snapshots/", snapshots.snapshots, name="snapshots"),
    path("c/<slug:slug>/snapshots/freeze/", snapshots.freeze, name="freeze"),
    path("c/<slug:slug>/snapshots/export/", snapshots.export, name="export"),
    path("c/<slug:slug>/exports/<uuid:public_id>/", snapshots.download, name="export-download"),
]
