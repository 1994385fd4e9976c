"""Leases by own plans."""

from django.db import migrations

from annotation import sql


class Migration(migrations.Migration):
    dependencies = [("annotation", "0026_own_plans")]

    operations = [
        sql.load(
            "0027",
            {
                "lease": "35a6aeab47f15a31b6dba97db4237f48ede75b5211a5cd4eab35255e39ab2f4e",
            },
        ),
    ]
