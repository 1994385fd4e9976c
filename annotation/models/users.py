"""User accounts."""

from django.contrib.auth.models import AbstractUser
from django.db import models


class User(AbstractUser):
    """A person with an account. Permissions come from campaign memberships."""

    # Preferences: keys, zoom, sensitive pictures, breaks (people/preferences.py).
    preferences = models.JSONField(default=dict, blank=True)
