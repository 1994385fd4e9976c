"""Counted by the server."""

from django.db import migrations

from annotation import sql


class Migration(migrations.Migration):
    dependencies = [("annotation", "0031_worked_time")]

    operations = [
        sql.load(
            "0032",
            {
                "invariants": "eb93230ff1c16baf402f707da0fdd4c11d4355d988203e6554a1d2036919d3f6",
                "submit": "8b4fed6ae8d82b34f86cf5bfc17d67028925ecc985f2d71499fcb77c8f6fb9a8",
            },
        ),
    ]
