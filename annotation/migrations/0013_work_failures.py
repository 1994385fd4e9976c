"""Background work that fails is kept, with its reason, until it succeeds."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("annotation", "0012_failed_change_regions"),
    ]

    operations = [
        migrations.CreateModel(
            name="WorkFailure",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "work",
                    models.CharField(
                        choices=[
                            ("leases", "Ending leases whose time is over"),
                            ("repeats", "Drawing repeats"),
                            ("disagreement", "Sending back what people and model disagree on"),
                            ("overlap", "Deciding whether one more person is asked"),
                        ],
                        max_length=20,
                    ),
                ),
                ("subject", models.CharField(blank=True, max_length=36)),
                ("reason", models.CharField(max_length=300)),
                ("n_times", models.IntegerField(default=1)),
                (
                    "first_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                (
                    "last_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                (
                    "campaign",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="work_failures",
                        to="annotation.campaign",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("campaign", "work", "subject"), name="work_failure_unique"
                    )
                ],
            },
        ),
    ]
