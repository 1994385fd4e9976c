"""Hashed static files whose JavaScript modules keep importing each other."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class ModuleManifestStorage(CompressedManifestStaticFilesStorage):
    """Rewrite import statements in native ES modules to the hashed names as well."""

    support_js_module_import_aggregation = True
