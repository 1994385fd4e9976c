"""The annotation app: campaigns, comparisons, judgments and what follows from them."""

from django.apps import AppConfig


class AnnotationConfig(AppConfig):
    name = "annotation"
    default_auto_field = "django.db.models.BigAutoField"
