"""Reference answers, and the hot path that knows what the comparison screen asks."""

import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

from annotation import sql


class Migration(migrations.Migration):
    dependencies = [
        ("annotation", "0007_the_comparison_screen"),
    ]

    operations = [
        migrations.CreateModel(
            name="ReferenceAnswer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "use",
                    models.CharField(
                        choices=[
                            ("example", "Worked example in the guide"),
                            ("training", "Training, explained after the answer"),
                            ("gold", "Gold, mixed in silently"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "scores",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=django.contrib.postgres.fields.ArrayField(
                            base_field=models.SmallIntegerField(), size=None
                        ),
                        size=None,
                    ),
                ),
                (
                    "ranks",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.SmallIntegerField(), size=None
                    ),
                ),
                ("tie_kind", models.CharField(max_length=4, null=True)),
                ("explanation", models.TextField()),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("withdrawn_at", models.DateTimeField(null=True)),
                (
                    "campaign",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="references",
                        to="annotation.campaign",
                    ),
                ),
                (
                    "comparison",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="references",
                        to="annotation.comparison",
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "rubric",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="annotation.rubric",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("withdrawn_at__isnull", True)),
                        fields=("comparison",),
                        name="reference_one_in_use",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("use__in", ["example", "training", "gold"])),
                        name="reference_use_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("explanation", ""), _negated=True),
                        name="reference_explains",
                    ),
                ],
            },
        ),
        sql.load(
            "0008",
            {
                "lease": "8a967289c43b8b7fa274ed56faf2a557838935885285010d06de02c17fe5eec9",
                "submit": "605b0cd16ae48e678b3f3e62c134534fa3ff07ade6a9fbb7fd49d1cb3af34780",
            },
        ),
    ]
