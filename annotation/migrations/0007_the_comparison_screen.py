"""What the comparison screen asks of campaigns, items, answers and people."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("annotation", "0006_indexes_of_the_hot_path"),
    ]

    operations = [
        migrations.CreateModel(
            name="ChangeRegion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("none", "Unknown"),
                            ("candidates", "What most candidates change"),
                            ("mask", "The item's mask"),
                        ],
                        max_length=10,
                    ),
                ),
                ("path", models.CharField(blank=True, max_length=120)),
                ("shifts", models.JSONField(default=dict)),
                ("made_of", models.CharField(max_length=64)),
                (
                    "updated_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ItemReport",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reason", models.CharField(max_length=200)),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("resolved_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.AddField(
            model_name="campaign",
            name="asks_strength",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="campaign",
            name="least_gamut",
            field=models.CharField(
                blank=True,
                choices=[("srgb", "sRGB"), ("p3", "Display P3"), ("rec2020", "Rec. 2020")],
                max_length=8,
            ),
        ),
        migrations.AddField(
            model_name="campaign",
            name="least_pane",
            field=models.SmallIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="campaign",
            name="purpose",
            field=models.CharField(
                choices=[
                    ("preferences", "Preferences"),
                    ("gold", "Gold answers"),
                    ("benchmark", "Benchmark"),
                ],
                default="preferences",
                max_length=12,
            ),
        ),
        migrations.AddField(
            model_name="campaign",
            name="reason_chips",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=60), default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="campaign",
            name="shows_outside",
            field=models.BooleanField(default=True),
        ),
        migrations.AddField(
            model_name="item",
            name="mask",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="annotation.storedimage",
            ),
        ),
        migrations.AddField(
            model_name="item",
            name="sensitive",
            field=models.CharField(blank=True, db_default="", max_length=100),
        ),
        migrations.AddField(
            model_name="judgment",
            name="remarks",
            field=models.JSONField(db_default=models.Value({}, models.JSONField()), default=dict),
        ),
        migrations.AddField(
            model_name="user",
            name="preferences",
            field=models.JSONField(blank=True, default=dict),
        ),
        migrations.AddConstraint(
            model_name="campaign",
            constraint=models.CheckConstraint(
                condition=models.Q(("purpose__in", ["preferences", "gold", "benchmark"])),
                name="campaign_purpose_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="campaign",
            constraint=models.CheckConstraint(
                condition=models.Q(("least_gamut__in", ["", "srgb", "p3", "rec2020"])),
                name="campaign_gamut_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="campaign",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("least_pane__isnull", True), ("least_pane__range", (64, 8192)), _connector="OR"
                ),
                name="campaign_least_pane",
            ),
        ),
        migrations.AddField(
            model_name="changeregion",
            name="item",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="change_region",
                to="annotation.item",
            ),
        ),
        migrations.AddField(
            model_name="itemreport",
            name="item",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="reports",
                to="annotation.item",
            ),
        ),
        migrations.AddField(
            model_name="itemreport",
            name="reporter",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="itemreport",
            name="resolved_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="changeregion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "none"), ("path", "")),
                    models.Q(
                        ("kind__in", ["candidates", "mask"]), models.Q(("path", ""), _negated=True)
                    ),
                    _connector="OR",
                ),
                name="change_region_has_picture",
            ),
        ),
        migrations.AddConstraint(
            model_name="itemreport",
            constraint=models.UniqueConstraint(
                condition=models.Q(("resolved_at__isnull", True)),
                fields=("item", "reporter"),
                name="item_report_once_while_open",
            ),
        ),
    ]
