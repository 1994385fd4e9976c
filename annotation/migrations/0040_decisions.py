"""Decisions of adjudicators, the share of second readings, rewards of a signal."""

import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("annotation", "0039_leases_behind_the_gate"),
    ]

    operations = [
        migrations.CreateModel(
            name="Decision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "cause",
                    models.CharField(
                        choices=[
                            ("ambiguous", "Ambiguous instruction"),
                            ("gap", "Gap in the rubric"),
                            ("hard", "Hard to see"),
                            ("mistake", "Mistake"),
                            ("taste", "Taste"),
                            ("bad_item", "Bad item"),
                        ],
                        max_length=10,
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=1000)),
                ("is_resolved", models.BooleanField(default=True)),
                (
                    "contested_by",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=14), default=list, size=None
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
            ],
        ),
        migrations.AddField(
            model_name="campaign",
            name="second_reading_percent",
            field=models.SmallIntegerField(db_default=10, default=10),
        ),
        migrations.AddField(
            model_name="modelsignal",
            name="rewards",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.FloatField(), db_default=[], default=list, size=None
            ),
        ),
        migrations.AddConstraint(
            model_name="campaign",
            constraint=models.CheckConstraint(
                condition=models.Q(("second_reading_percent__range", (0, 100))),
                name="campaign_second_reading_percent",
            ),
        ),
        migrations.AddField(
            model_name="decision",
            name="campaign",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="decisions",
                to="annotation.campaign",
            ),
        ),
        migrations.AddField(
            model_name="decision",
            name="comparison",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="decisions",
                to="annotation.comparison",
            ),
        ),
        migrations.AddField(
            model_name="decision",
            name="final",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="settles",
                to="annotation.judgment",
            ),
        ),
        migrations.AddField(
            model_name="decision",
            name="first",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="decision",
                to="annotation.judgment",
            ),
        ),
        migrations.AddField(
            model_name="decision",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddIndex(
            model_name="decision",
            index=models.Index(fields=["campaign", "-created_at"], name="decision_history"),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("cause__in", ["ambiguous", "gap", "hard", "mistake", "taste", "bad_item"])
                ),
                name="decision_cause_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.CheckConstraint(
                condition=models.Q(("is_resolved", True), ("cause", "taste"), _connector="OR"),
                name="decision_unresolved_is_taste",
            ),
        ),
    ]
