"""A rubric version says whether its criteria name what is wrong or what should hold.

Every version so far was written as what should hold. The column's default fills it in without an
UPDATE, which the trigger `rubric_frozen` would refuse for published versions.
"""

from django.db import migrations, models
from django.db.models import CheckConstraint, Q

CHOICES = [("fault", "what is wrong"), ("quality", "what should hold")]


def wording(default: str) -> models.CharField:
    return models.CharField(max_length=7, choices=CHOICES, db_default=default)


class Migration(migrations.Migration):
    dependencies = [("annotation", "0010_key_of_the_pixels")]

    operations = [
        migrations.AddField("rubric", "criteria_wording", wording("quality")),
        migrations.AlterField("rubric", "criteria_wording", wording("fault")),
        migrations.AddConstraint(
            "rubric",
            CheckConstraint(
                condition=Q(criteria_wording__in=("fault", "quality")),
                name="rubric_wording_known",
            ),
        ),
    ]
