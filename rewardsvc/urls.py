"""Pages of the reward service."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
