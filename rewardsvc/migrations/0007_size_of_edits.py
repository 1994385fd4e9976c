from django.db import migrations, models


class Migration(migrations.Migration):
    """Models of earlier runs read each edit in its own size, and go on doing so."""

    dependencies = [("rewardsvc", "0006_presentation_of_rewards")]

    operations = [
        migrations.AddField(
            "trainingrun", "edit_size", models.CharField(default="own", max_length=10)
        ),
        migrations.AddConstraint(
            "trainingrun",
            models.CheckConstraint(
                condition=models.Q(edit_size__in=["own", "source"]), name="run_edit_size_known"
            ),
        ),
    ]
