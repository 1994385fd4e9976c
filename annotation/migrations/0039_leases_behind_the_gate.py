"""Leases behind the gate."""

from django.db import migrations

from annotation import sql


class Migration(migrations.Migration):
    dependencies = [("annotation", "0038_gate")]

    operations = [
        sql.load(
            "0039",
            {
                "lease": "5548047117cad823c896d5cfb4f0ddb1c3c13c51bc4cffe632d34cf53b9e8bc1",
            },
        ),
    ]
