"""Who signs in."""

from django.contrib.auth.models import AbstractUser
from django.db import models


class User(AbstractUser):
    """A person with an account; what they may do is a matter of campaign memberships."""

    # How this person likes to work: keys, zoom, pictures not to see (people/preferences.py).
    preferences = models.JSONField(default=dict, blank=True)
