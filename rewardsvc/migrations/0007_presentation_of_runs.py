from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models


class Migration(migrations.Migration):
    """Models of earlier runs read files in their own size and whole, and go on doing so."""

    dependencies = [("rewardsvc", "0006_presentation_of_rewards")]

    operations = [
        migrations.AddField(
            "trainingrun", "edit_size", models.CharField(default="own", max_length=10)
        ),
        migrations.AddField(
            "trainingrun",
            "watermarks",
            ArrayField(models.CharField(max_length=80), default=list, size=None),
        ),
        migrations.AddConstraint(
            "trainingrun",
            models.CheckConstraint(
                condition=models.Q(edit_size__in=["own", "source"]), name="run_edit_size_known"
            ),
        ),
    ]
