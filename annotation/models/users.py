"""User accounts."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils import timezone


class User(AbstractUser):
    """A person with an account. Permissions come from campaign memberships."""

    # Preferences: keys, zoom, sensitive pictures, breaks (people/preferences.py).
    preferences = models.JSONField(default=dict, blank=True)
    # API keys from before are refused. NULL: the password was never changed.
    password_changed_at = models.DateTimeField(null=True, editable=False)

    # Somebody else chose the password: nothing but a change of it is possible.
    must_change_password = models.BooleanField(default=False, db_default=False)

    def set_password(self, raw_password: str | None) -> None:
        """Set a password, to be saved with the time of the change.

        A sign-in that only stores the password under a newer hash saves one column, not the time.
        """
        super().set_password(raw_password)
        self.password_changed_at = timezone.now()
        self.must_change_password = False
