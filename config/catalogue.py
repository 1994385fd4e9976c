"""The translations for scripts in the reader's language: Django's JavaScript catalogue."""

from django.views.decorators.cache import cache_control
from django.views.decorators.vary import vary_on_headers
from django.views.i18n import JavaScriptCatalog

#: Cache lifetime in seconds: a new translation takes at most this long to reach everybody.
KEPT_SECONDS = 3600

# It holds no personal data, so it is public and may be cached.
catalogue = cache_control(private=True, max_age=KEPT_SECONDS)(
    vary_on_headers("Accept-Language", "Cookie")(JavaScriptCatalog.as_view(packages=None))
)
