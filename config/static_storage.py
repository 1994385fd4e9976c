"""Hashed static files whose JavaScript modules keep importing each other."""

from typing import Any

from django.contrib.staticfiles.apps import StaticFilesConfig
from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage


class ModuleManifestStorage(CompressedManifestStaticFilesStorage):
    """Rewrite import statements in native ES modules to the hashed names as well.

    Scripts of ours are stored without the lines that are only a comment: a tenth of what a browser
    would load.
    """

    support_js_module_import_aggregation = True

    def _save(self, name: str, content: Any) -> str:
        if name.startswith("js/") and name.endswith(".js"):
            # From its beginning: a file that was hashed has been read to its end.
            lines = b"".join(content.chunks()).splitlines(keepends=True)
            kept = [line for line in lines if not line.lstrip().startswith(b"//")]
            content = ContentFile(b"".join(kept))
        saved: str = super()._save(name, content)
        return saved


class StaticFiles(StaticFilesConfig):
    """Leave out what no page uses: the second of two viewers of the API's documentation."""

    ignore_patterns = (*StaticFilesConfig.ignore_patterns, "redoc")
