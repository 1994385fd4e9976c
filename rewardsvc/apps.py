"""The reward service: trains on snapshots, scores candidates."""

from django.apps import AppConfig


class RewardsvcConfig(AppConfig):
    name = "rewardsvc"
    default_auto_field = "django.db.models.BigAutoField"
