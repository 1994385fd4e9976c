"""The words of the scripts in the reader's language, as Django's `gettext` for browsers."""

from django.views.decorators.cache import cache_control
from django.views.decorators.vary import vary_on_headers
from django.views.i18n import JavaScriptCatalog

#: A new translation reaches everybody within this many seconds of its release.
KEPT_SECONDS = 3600

# It tells nothing about anybody, so it is open to all and may be kept.
catalogue = cache_control(private=True, max_age=KEPT_SECONDS)(
    vary_on_headers("Accept-Language", "Cookie")(JavaScriptCatalog.as_view(packages=None))
)
