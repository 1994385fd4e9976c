"""Hashed static files whose JavaScript modules keep importing each other."""

from django.contrib.staticfiles.apps import StaticFilesConfig
from whitenoise.storage import CompressedManifestStaticFilesStorage


class ModuleManifestStorage(CompressedManifestStaticFilesStorage):
    """Rewrite import statements in native ES modules to the hashed names as well."""

    support_js_module_import_aggregation = True


class StaticFiles(StaticFilesConfig):
    """Leave out what no page uses: the second of two viewers of the API's documentation."""

    ignore_patterns = (*StaticFilesConfig.ignore_patterns, "redoc")
