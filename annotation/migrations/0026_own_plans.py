"""An own, secret order of the lanes for every annotator."""

from typing import Any

import django.contrib.postgres.fields
from django.db import migrations, models

from annotation.queue.services.own_plans import own_plan


def draw(apps: Any, _schema_editor: Any) -> None:
    """Draw a plan for everybody who annotates already."""
    memberships = apps.get_model("annotation", "Membership")
    for member in memberships.objects.filter(role="annotator").select_related("campaign"):
        memberships.objects.filter(pk=member.pk).update(
            own_plan=own_plan(member.campaign.lane_plan)
        )


class Migration(migrations.Migration):
    dependencies = [
        ("annotation", "0025_regions_of_earlier_masks"),
    ]

    operations = [
        migrations.AddField(
            model_name="membership",
            name="own_plan",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=12), null=True, size=None
            ),
        ),
        migrations.RunPython(draw, migrations.RunPython.noop),
    ]
