"""A queue of free places instead of a queue of comparisons with a count."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.comparison
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

from annotation import sql

# Rows come and go at the head of the index: vacuum follows the work, not the size of the table.
TIDY = """
ALTER TABLE annotation_queueentry SET (
    autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 500,
    autovacuum_analyze_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0)
"""


class Migration(migrations.Migration):
    dependencies = [
        ("annotation", "0003_rules_of_serving"),
    ]

    operations = [
        # What waited, to be put back as places by the next migration.
        migrations.RunSQL(
            "CREATE TABLE annotation_queue_before AS SELECT comparison_id, lane, policy, propensity"
            " FROM annotation_queueentry WHERE free > 0"
        ),
        migrations.DeleteModel(name="QueueEntry"),
        migrations.CreateModel(
            name="QueueEntry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "lane",
                    models.CharField(
                        choices=[
                            ("coverage", "Coverage"),
                            ("random", "Random arm"),
                            ("disagreement", "Disagreement"),
                            ("gold", "Gold"),
                            ("repeat", "Repeat"),
                            ("training", "Training"),
                            ("adjudication", "Adjudication"),
                        ],
                        max_length=12,
                    ),
                ),
                ("slot", models.SmallIntegerField(null=True)),
                (
                    "shown_order",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.SmallIntegerField(), null=True, size=None
                    ),
                ),
                ("draw_key", models.FloatField()),
                ("not_before", models.DateTimeField(null=True)),
                ("after_serves", models.IntegerField(null=True)),
                ("policy", models.CharField(max_length=60)),
                ("propensity", models.FloatField(null=True)),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
            ],
        ),
        migrations.AddField(
            model_name="queueentry",
            name="annotator",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="queueentry",
            name="campaign",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="queue",
                to="annotation.campaign",
            ),
        ),
        migrations.AddField(
            model_name="queueentry",
            name="comparison",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="queue",
                to="annotation.comparison",
            ),
        ),
        migrations.AddField(
            model_name="queueentry",
            name="source",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="annotation.storedimage",
            ),
        ),
        migrations.AddIndex(
            model_name="queueentry",
            index=models.Index(
                models.F("campaign"),
                models.F("lane"),
                django.db.models.functions.comparison.Coalesce("annotator_id", 0),
                models.F("draw_key"),
                models.F("id"),
                name="queue_entry_head",
            ),
        ),
        migrations.AddConstraint(
            model_name="queueentry",
            constraint=models.UniqueConstraint(
                condition=models.Q(("slot__isnull", False)),
                fields=("comparison", "slot"),
                name="queue_entry_one_per_place",
            ),
        ),
        migrations.AddConstraint(
            model_name="queueentry",
            constraint=models.UniqueConstraint(
                condition=models.Q(("slot__isnull", True)),
                fields=("comparison", "lane", "annotator"),
                name="queue_entry_one_per_lane_and_person",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="queueentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("lane__in", ["coverage", "random", "disagreement"]),
                        ("shown_order__isnull", False),
                        ("slot__gte", 1),
                    ),
                    models.Q(
                        ("lane__in", ["gold", "repeat", "training", "adjudication"]),
                        ("slot__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="queue_entry_places_in_counting_lanes",
            ),
        ),
        migrations.AddConstraint(
            model_name="queueentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("annotator__isnull", False), ("lane", "repeat")),
                    models.Q(
                        models.Q(("lane", "repeat"), _negated=True), ("annotator__isnull", True)
                    ),
                    _connector="OR",
                ),
                name="queue_entry_repeats_are_somebodys",
            ),
        ),
        migrations.AddConstraint(
            model_name="queueentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("propensity__isnull", True),
                    models.Q(("propensity__gt", 0), ("propensity__lte", 1)),
                    _connector="OR",
                ),
                name="queue_entry_propensity_is_probability",
            ),
        ),
        migrations.RunSQL(TIDY),
        migrations.RunSQL("CREATE SEQUENCE annotation_queue_refill"),
        sql.load(
            "0004",
            {
                "places": "3fbac268e307f000df1630dc3e32f6b6537bc6255bee4bd817e4fd94b558ada9",
                "lease": "158a831589143517ddacfa8f05df3832ba8d98f8fc7993ab918b14859f2e2353",
                "submit": "39b39cc01b816b10206e6da67edf9a9874ef12441e8d1777869c6830c275f032",
            },
        ),
    ]
