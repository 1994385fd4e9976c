"""Script modules of a page."""

from pathlib import Path

from django import template
from django.conf import settings
from django.templatetags.static import static
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag
def module_preloads(folder: str) -> SafeString:
    """Return a preload link for every module under a static folder, except workers.

    Without preload a browser requests a module only after the importing module has arrived.
    """
    root = Path(settings.BASE_DIR) / "static"
    names = sorted(
        path.relative_to(root).as_posix()
        for path in (root / folder).rglob("*.js")
        if not path.name.endswith("-worker.js")
    )
    links = ((static(name),) for name in names)
    return format_html_join("\n", '<link rel="modulepreload" href="{}">', links)
