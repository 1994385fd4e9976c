"""Triggers and their functions, from a file of annotation/sql/ as all other SQL.

On a database of the earlier migrations this changes nothing: 0002 has made the same ones.
"""

from django.db import migrations

from annotation import sql

LOADED = sql.load(
    "0018",
    {
        "invariants": "87337c36853a1e1ef0054ec44832ae1dacdfd9bb3c01d3422788cafa36f147af",
    },
)


class Migration(migrations.Migration):
    dependencies = [("annotation", "0017_plain_names_of_the_queue")]

    operations = [
        # Undone, they stay: the earlier schema has the same invariants.
        migrations.RunSQL(LOADED.sql, migrations.RunSQL.noop),
    ]
