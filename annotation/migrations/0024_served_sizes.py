"""Served sizes."""

from django.db import migrations

from annotation import sql


class Migration(migrations.Migration):
    dependencies = [("annotation", "0023_one_size")]

    operations = [
        sql.load(
            "0024",
            {
                "lease": "d9bcfc3f05c20aa5bbd77573c51bb3276122899b80587de531b75709b95c4069",
            },
        ),
    ]
