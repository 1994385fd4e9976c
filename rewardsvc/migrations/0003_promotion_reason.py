from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("rewardsvc", "0002_lineage")]

    operations = [
        migrations.AddField(
            model_name="rewardmodel",
            name="promotion_reason",
            field=models.TextField(blank=True, default=""),
            preserve_default=False,
        ),
    ]
