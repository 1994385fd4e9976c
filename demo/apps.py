"""The built-in picture set, the simulated experts and the demo launcher."""

from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "demo"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the job that completes a demo."""
        from jobs import registry

        registry.register(
            "demo.complete", handler="demo.work.run_completion", title="Making the demo"
        )
