"""One JSON view, polled by progress bars."""

from django.urls import path

from jobs import views

urlpatterns = [path("<uuid:public_id>/", views.job_state, name="job-state")]
