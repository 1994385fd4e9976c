import uuid

import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    """Runs of public benchmarks, with their provenance."""

    dependencies = [
        ("rewardsvc", "0007_presentation_of_runs"),
    ]

    operations = [
        migrations.CreateModel(
            name="BenchmarkRun",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("benchmark", models.CharField(max_length=40)),
                ("scorer", models.CharField(max_length=400)),
                ("data_sha256", models.CharField(max_length=64)),
                ("code_version", models.CharField(max_length=40)),
                ("n_replicates", models.IntegerField()),
                ("missing", models.JSONField(default=dict)),
                ("lines", models.JSONField(default=list)),
                ("notes", models.JSONField(default=list)),
                ("usage", models.JSONField(default=dict)),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["benchmark", "-id"], name="benchmark_run_by_name")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("n_replicates__gt", 0)), name="benchmark_run_replicates"
                    )
                ],
            },
        ),
    ]
