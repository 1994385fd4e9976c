"""The annotation app: campaigns, comparisons, judgments and their evaluation."""

from django.apps import AppConfig


class AnnotationConfig(AppConfig):
    name = "annotation"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the job handlers of this app, and connect the sign-in log."""
        from annotation.people.sign_in import log, middleware
        from jobs import registry

        log.connect()
        middleware.connect()
        registry.register(
            "annotation.freeze",
            handler="annotation.snapshots.services.run_freeze",
            title="Freezing a snapshot",
        )
        registry.register(
            "annotation.export",
            handler="annotation.snapshots.export_jobs.run_export",
            title="Exporting",
        )
        registry.register(
            "annotation.import",
            handler="annotation.items.services.import_jobs.run_import",
            on_end="annotation.items.services.import_jobs.import_ended",
            title="Importing",
        )
        registry.register(
            "annotation.correct",
            handler="annotation.items.services.new_images.run_correction",
            on_end="annotation.items.services.new_images.correction_ended",
            title="Checking a new image",
        )
        registry.register(
            "annotation.derive",
            handler="annotation.items.services.import_jobs.run_derive",
            title="Preparing pictures",
        )
        registry.register(
            "annotation.reset_mail",
            handler="annotation.people.forgotten.run_reset_mail",
            title="Sending a link",
        )
        registry.register(
            "annotation.build",
            handler="annotation.comparisons.jobs.run_build",
            title="Building comparisons",
        )
