"""Messages to people, what quality rules found, and the mode of each rule."""

import uuid

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("annotation", "0021_limits_on_attempts_to_sign_in"),
    ]

    operations = [
        migrations.AddField(
            model_name="campaign",
            name="rule_modes",
            field=models.JSONField(db_default=models.Value({}, models.JSONField()), default=dict),
        ),
        migrations.AddField(
            model_name="campaign",
            name="rules_checked_to",
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AlterField(
            model_name="workfailure",
            name="work",
            field=models.CharField(
                choices=[
                    ("leases", "Ending leases whose time is over"),
                    ("repeats", "Drawing repeats"),
                    ("disagreement", "Sending back what people and model disagree on"),
                    ("rules", "Applying the quality rules"),
                    ("overlap", "Deciding whether one more person is asked"),
                ],
                max_length=20,
            ),
        ),
        migrations.CreateModel(
            name="PersonMessage",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("warned", "Warning"),
                            ("paused", "Pause"),
                            ("resumed", "You may go on"),
                            ("set_aside", "Answers set aside"),
                        ],
                        max_length=10,
                    ),
                ),
                ("text", models.CharField(max_length=1000)),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("appeal", models.CharField(blank=True, max_length=2000)),
                ("appealed_at", models.DateTimeField(null=True)),
                ("answer", models.CharField(blank=True, max_length=2000)),
                ("answered_at", models.DateTimeField(null=True)),
                (
                    "actor",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
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
                        related_name="person_messages",
                        to="annotation.campaign",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["campaign", "user", "-created_at"], name="person_message_history"
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind__in", ["warned", "paused", "resumed", "set_aside"])
                        ),
                        name="person_message_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("appeal", ""), ("appealed_at__isnull", True)),
                            models.Q(
                                models.Q(("appeal", ""), _negated=True),
                                ("appealed_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="person_message_appeal_has_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("answer", ""), ("answered_at__isnull", True)),
                            models.Q(
                                models.Q(("answer", ""), _negated=True),
                                models.Q(("appeal", ""), _negated=True),
                                ("answered_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="person_message_answers_an_appeal",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RuleAlert",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("rule", models.CharField(max_length=20)),
                ("action", models.CharField(max_length=5)),
                ("reason", models.CharField(max_length=400)),
                ("n", models.IntegerField()),
                (
                    "done",
                    models.CharField(
                        choices=[
                            ("told", "Told the leads"),
                            ("warned", "Warned the person"),
                            ("paused", "Paused the person"),
                            ("asks", "Asks before it pauses so many"),
                        ],
                        max_length=6,
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("handled_at", models.DateTimeField(null=True)),
                (
                    "campaign",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rule_alerts",
                        to="annotation.campaign",
                    ),
                ),
                (
                    "handled_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["campaign", "-created_at"], name="rule_alert_history")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("handled_at__isnull", True)),
                        fields=("campaign", "user", "rule", "action"),
                        name="rule_alert_once_while_open",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("action__in", ["warn", "pause"])),
                        name="rule_alert_action_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("done__in", ["told", "warned", "paused", "asks"])),
                        name="rule_alert_done_known",
                    ),
                ],
            },
        ),
    ]
