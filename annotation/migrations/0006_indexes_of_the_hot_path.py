"""Indexes that the judging loop needs, and none that begins another."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("annotation", "0005_places_of_waiting_comparisons"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="assignment",
            name="assignment_expiring",
        ),
        migrations.RemoveIndex(
            model_name="assignment",
            name="assignment_by_comparison",
        ),
        migrations.AlterField(
            model_name="assignment",
            name="annotator",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="assignments",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            model_name="assignment",
            name="comparison",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="assignments",
                to="annotation.comparison",
            ),
        ),
        migrations.AlterField(
            model_name="judgment",
            name="annotator",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="judgments",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            model_name="judgment",
            name="campaign",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="judgments",
                to="annotation.campaign",
            ),
        ),
        migrations.AlterField(
            model_name="judgment",
            name="comparison",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="judgments",
                to="annotation.comparison",
            ),
        ),
        migrations.AlterField(
            model_name="queueentry",
            name="campaign",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="queue",
                to="annotation.campaign",
            ),
        ),
        migrations.AddIndex(
            model_name="assignment",
            index=models.Index(fields=["comparison", "annotator"], name="assignment_by_comparison"),
        ),
    ]
