"""Reviews of settled answers."""

import uuid

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("annotation", "0040_decisions"),
    ]

    operations = [
        migrations.CreateModel(
            name="Review",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("drawn_by", models.CharField(max_length=8)),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("accepted", "Accepted"),
                            ("returned", "Returned"),
                            ("fixed", "Fixed"),
                        ],
                        max_length=8,
                    ),
                ),
                ("comment", models.CharField(blank=True, max_length=1000)),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("reply", models.CharField(blank=True, max_length=1000)),
                ("replied_at", models.DateTimeField(null=True)),
                ("answer", models.CharField(blank=True, max_length=1000)),
                ("answered_at", models.DateTimeField(null=True)),
                (
                    "answered_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "campaign",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reviews",
                        to="annotation.campaign",
                    ),
                ),
                (
                    "judgment",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="review",
                        to="annotation.judgment",
                    ),
                ),
                (
                    "reviewer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["campaign", "-created_at"], name="review_history")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("outcome__in", ["accepted", "returned", "fixed"])),
                        name="review_outcome_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("outcome", "accepted"),
                            models.Q(("comment", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="review_says_why",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("answered_at__isnull", True),
                            ("replied_at__isnull", False),
                            _connector="OR",
                        ),
                        name="review_answers_a_reply",
                    ),
                ],
            },
        ),
    ]
