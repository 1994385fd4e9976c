from django.db import migrations, models


class Migration(migrations.Migration):
    """What a manifest states to be an item's best edit is stored; earlier imports dropped it."""

    dependencies = [("annotation", "0028_look_alikes")]

    operations = [
        migrations.AddField(
            "item", "known_best", models.CharField(blank=True, db_default="", max_length=100)
        ),
    ]
