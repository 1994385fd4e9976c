"""A state of assignments, and a table, for answers that a lead set aside."""

import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("annotation", "0018_invariants"),
    ]

    operations = [
        migrations.CreateModel(
            name="Reclaim",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("since", models.DateTimeField(null=True)),
                ("until", models.DateTimeField(null=True)),
                ("reason", models.CharField(max_length=300)),
                (
                    "judgment_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), size=None
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("undone_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="assignment",
            name="assignment_state_known",
        ),
        migrations.AlterField(
            model_name="assignment",
            name="state",
            field=models.CharField(
                choices=[
                    ("leased", "Leased"),
                    ("submitted", "Submitted"),
                    ("surplus", "Submitted after its slot was filled"),
                    ("expired", "Expired"),
                    ("released", "Given back"),
                    ("skipped", "Skipped"),
                    ("set_aside", "Set aside by a lead"),
                ],
                default="leased",
                max_length=10,
            ),
        ),
        migrations.AddConstraint(
            model_name="assignment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        [
                            "leased",
                            "submitted",
                            "surplus",
                            "expired",
                            "released",
                            "skipped",
                            "set_aside",
                        ],
                    )
                ),
                name="assignment_state_known",
            ),
        ),
        migrations.AddField(
            model_name="reclaim",
            name="actor",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="reclaim",
            name="annotator",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="reclaim",
            name="campaign",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="reclaims",
                to="annotation.campaign",
            ),
        ),
        migrations.AddField(
            model_name="reclaim",
            name="undone_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="setaside",
            name="reclaim",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="set_asides",
                to="annotation.reclaim",
            ),
        ),
        migrations.AddIndex(
            model_name="reclaim",
            index=models.Index(
                fields=["campaign", "annotator", "-created_at"], name="reclaim_history"
            ),
        ),
    ]
