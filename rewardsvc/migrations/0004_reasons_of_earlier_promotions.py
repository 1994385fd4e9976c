from typing import Any

from django.db import migrations

UNASKED = "No reason was asked for then."


def fill(apps: Any, schema_editor: Any) -> None:
    """Say of every earlier promotion by hand that nobody asked for its reason."""
    models = apps.get_model("rewardsvc", "RewardModel").objects.using(
        schema_editor.connection.alias
    )
    by_hand = models.filter(promoted_by__isnull=False, promotion_reason="")
    by_hand.update(promotion_reason=UNASKED)


def empty(apps: Any, schema_editor: Any) -> None:
    """Leave the column as it was."""
    models = apps.get_model("rewardsvc", "RewardModel").objects.using(
        schema_editor.connection.alias
    )
    models.filter(promotion_reason=UNASKED).update(promotion_reason="")


class Migration(migrations.Migration):
    dependencies = [("rewardsvc", "0003_promotion_reason")]

    operations = [migrations.RunPython(fill, empty)]
