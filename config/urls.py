"""All URLs of the site; each app lists its own."""

from django.contrib import admin
from django.urls import include, path

from config.catalogue import catalogue
from config.health import healthz

handler404 = "config.not_found.not_found"
handler500 = "config.server_error.server_error"

urlpatterns = [
    # First: its two busiest addresses get more requests than all others together.
    path("api/v1/", include("annotation.api_urls")),
    path("healthz", healthz, name="healthz"),
    path("jsi18n/", catalogue, name="javascript-catalog"),
    path("admin/", admin.site.urls),
    path("", include("annotation.urls")),
    path("", include("rewardsvc.urls")),
    path("jobs/", include("jobs.urls")),
]
