"""Set aside is never served again."""

from django.db import migrations

from annotation import sql


class Migration(migrations.Migration):
    dependencies = [("annotation", "0019_set_aside_answers")]

    operations = [
        sql.load(
            "0020",
            {
                "search": "db1641cf8a979a6fd2c919315e143c9957ac3e8cb7e58bd7d5670c45333d7662",
            },
        ),
    ]
