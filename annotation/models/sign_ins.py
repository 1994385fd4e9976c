from django.db import models
from django.db.models.functions import Now


class SignInLimit(models.Model):
    """Failed attempts of late from one address, on one account or from one known browser.

    key: a keyed hash, so that no typed name is stored. level: attempts that have not drained yet.
    """

    key = models.CharField(max_length=64, primary_key=True)
    level = models.FloatField()
    updated_at = models.DateTimeField(db_default=Now(), db_index=True)

    def __str__(self) -> str:
        return f"{self.level:.1f} attempts"
