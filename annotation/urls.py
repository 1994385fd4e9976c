"""Pages of the annotation app."""

from django.urls import path

from annotation.views import agreement, disagreement, snapshots

urlpatterns = [
    path("c/<slug:slug>/agreement/", agreement.agreement, name="agreement"),
    path("c/<slug:slug>/people/<uuid:pseudonym>/", agreement.annotator, name="annotator"),
    path("c/<slug:slug>/disagreement/", disagreement.disagreement, name="disagreement"),
    path("c/<slug:slug>/disagreement/send-back/", disagreement.send_back, name="send-back"),
    path("c/<slug:slug>/snapshots/", snapshots.snapshots, name="snapshots"),
    path("c/<slug:slug>/snapshots/freeze/", snapshots.freeze, name="freeze"),
    path("c/<slug:slug>/snapshots/export/", snapshots.export, name="export"),
    path("c/<slug:slug>/exports/<uuid:public_id>/", snapshots.download, name="export-download"),
]
