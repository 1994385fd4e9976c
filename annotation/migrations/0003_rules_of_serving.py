"""What a campaign says about serving: lanes, overlap, caps, repeats; and what people can judge."""

import django.contrib.postgres.fields
from django.db import migrations, models

import annotation.models.campaigns


def first_lane_plan() -> list[str]:
    """Return the plan that campaigns of then get: every fourth serve the random arm."""
    return [
        "random" if serve % 4 == 0 else "disagreement" if serve % 2 else "coverage"
        for serve in range(50)
    ]


class Migration(migrations.Migration):
    dependencies = [("annotation", "0002_invariants")]

    operations = [
        migrations.AddField(
            model_name="campaign",
            name="daily_cap",
            field=models.IntegerField(null=True),
        ),
        migrations.AddField(
            model_name="campaign",
            name="lane_plan",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=12), default=first_lane_plan, size=None
            ),
        ),
        # Of no effect on rows: today's default is for campaigns made from now on.
        migrations.AlterField(
            model_name="campaign",
            name="lane_plan",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=12),
                default=annotation.models.campaigns.default_lane_plan,
                size=None,
            ),
        ),
        migrations.AddField(
            model_name="campaign",
            name="overlap_cap",
            field=models.SmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="campaign",
            name="overlap_share",
            field=models.SmallIntegerField(default=100),
        ),
        migrations.AddField(
            model_name="campaign",
            name="person_cap",
            field=models.IntegerField(null=True),
        ),
        migrations.AddField(
            model_name="campaign",
            name="repeat_after_minutes",
            field=models.IntegerField(default=1440),
        ),
        migrations.AddField(
            model_name="campaign",
            name="repeat_after_serves",
            field=models.IntegerField(default=150),
        ),
        migrations.AddField(
            model_name="campaign",
            name="repeat_percent",
            field=models.SmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="campaign",
            name="repeats_drawn_to",
            field=models.BigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="campaign",
            name="revise_minutes",
            field=models.IntegerField(default=60),
        ),
        migrations.AddField(
            model_name="campaign",
            name="stop_early",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="comparison",
            name="settled_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="item",
            name="language",
            field=models.CharField(blank=True, max_length=16),
        ),
        migrations.AddField(
            model_name="membership",
            name="categories",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=60), default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="membership",
            name="heads",
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name="membership",
            name="languages",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=16), default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="membership",
            name="owes_random",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="membership",
            name="last_source",
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddConstraint(
            model_name="campaign",
            constraint=models.CheckConstraint(
                condition=models.Q(("lane_plan__len", 50)), name="campaign_lane_plan_of_50"
            ),
        ),
        migrations.AddConstraint(
            model_name="campaign",
            constraint=models.CheckConstraint(
                condition=models.Q(("overlap_share__range", (0, 100))), name="campaign_share"
            ),
        ),
        migrations.AddConstraint(
            model_name="campaign",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("overlap_cap", 0),
                    ("overlap_cap__range", (models.F("overlap"), 20)),
                    _connector="OR",
                ),
                name="campaign_overlap_cap",
            ),
        ),
        migrations.AddConstraint(
            model_name="campaign",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("daily_cap__isnull", True), ("daily_cap__gte", 1), _connector="OR"),
                    models.Q(("person_cap__isnull", True), ("person_cap__gte", 1), _connector="OR"),
                ),
                name="campaign_caps_positive",
            ),
        ),
        migrations.AddConstraint(
            model_name="campaign",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("repeat_after_minutes__gte", 0),
                    ("repeat_after_serves__gte", 0),
                    ("repeat_percent__range", (0, 100)),
                    ("revise_minutes__gte", 0),
                ),
                name="campaign_gaps_not_negative",
            ),
        ),
    ]
