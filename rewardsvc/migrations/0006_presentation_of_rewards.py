from django.db import migrations, models


class Migration(migrations.Migration):
    """Earlier rewards keep an empty presentation: they are not used, and are computed anew."""

    dependencies = [("rewardsvc", "0005_promotion_by_hand_has_reason")]

    operations = [
        migrations.AddField(
            model_name="reward",
            name="presentation_sha256",
            field=models.CharField(default="", max_length=64),
            preserve_default=False,
        ),
        migrations.RemoveConstraint(model_name="reward", name="reward_unique"),
        migrations.AddConstraint(
            model_name="reward",
            constraint=models.UniqueConstraint(
                fields=[
                    "model",
                    "source_sha256",
                    "edit_sha256",
                    "instruction_sha256",
                    "presentation_sha256",
                ],
                name="reward_unique",
            ),
        ),
    ]
