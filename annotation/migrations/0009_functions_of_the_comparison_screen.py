"""What lease and submit learned after the comparison screen's tables.

Remarks of an answer, people who avoid sensitive items, change regions.
"""

from django.db import migrations

from annotation import sql


class Migration(migrations.Migration):
    dependencies = [("annotation", "0008_reference_answers")]

    operations = [
        sql.load(
            "0009",
            {
                "lease": "b73ba051b064113076753a8e5a8b05347683f8d8bad767298d35113ed9035332",
                "submit": "1be1eba45163a20c6e607aac8cffa7f85b6f463ba8a03ba39ae2c02f9d5c8245",
            },
        ),
    ]
