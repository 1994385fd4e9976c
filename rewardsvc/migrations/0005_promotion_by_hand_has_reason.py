from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("rewardsvc", "0004_reasons_of_earlier_promotions")]

    operations = [
        migrations.AddConstraint(
            model_name="rewardmodel",
            constraint=models.CheckConstraint(
                condition=Q(promoted_by__isnull=True) | ~Q(promotion_reason=""),
                name="model_promoted_by_hand_has_reason",
            ),
        ),
    ]
