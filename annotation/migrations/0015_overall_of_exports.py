"""An export remembers which dimensions make its overall score, and what it wrote and left out."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("annotation", "0014_words_of_reports")]

    operations = [
        migrations.AddField(
            "export",
            "overall",
            models.JSONField(default=list, db_default=models.Value([], models.JSONField())),
        ),
        migrations.AddField(
            "export",
            "summary",
            models.JSONField(default=dict, db_default=models.Value({}, models.JSONField())),
        ),
    ]
