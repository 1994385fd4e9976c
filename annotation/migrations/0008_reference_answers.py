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
        # Their results and arguments grew, which a replacement alone cannot do.
        migrations.RunSQL(
            "DROP FUNCTION IF EXISTS annotation_lease(text, bigint, integer),"
            " annotation_open_leases(bigint, bigint, integer),"
            " annotation_submit(bigint, bigint, uuid, smallint[], smallint[], text, text, integer,"
            " jsonb)",
            migrations.RunSQL.noop,
        ),
        migrations.RunSQL(sql.text("lease"), migrations.RunSQL.noop),
        migrations.RunSQL(sql.text("submit"), migrations.RunSQL.noop),
    ]
