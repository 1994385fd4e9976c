"""The reward service: trains on snapshots, scores candidates."""

from django.apps import AppConfig


class RewardsvcConfig(AppConfig):
    name = "rewardsvc"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register this app's job handlers by path, so that this process does not import torch."""
        from jobs import registry

        registry.register(
            "rewardsvc.train",
            queue="gpu",
            handler="rewardsvc.workers.training.run_training",
            title="Training",
        )
        registry.register(
            "rewardsvc.rescore",
            queue="gpu",
            handler="rewardsvc.workers.rescoring.run_rescoring",
            on_end="rewardsvc.services.runs.forget_parts",
            title="Rescoring",
        )
        registry.register(
            "rewardsvc.rescore_part", queue="gpu", handler="rewardsvc.workers.rescoring.run_part"
        )
