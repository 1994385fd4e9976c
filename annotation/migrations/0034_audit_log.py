"""One audit log of campaigns and accounts, with request ids and addresses."""

import django.db.models.deletion
from django.db import migrations, models

FORGET_EVENTS_OF_ACCOUNTS = """
ALTER TABLE annotation_campaignevent DISABLE TRIGGER campaign_event_append_only;
DELETE FROM annotation_campaignevent WHERE campaign_id IS NULL;
ALTER TABLE annotation_campaignevent ENABLE TRIGGER campaign_event_append_only;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("annotation", "0033_worked_time_of_earlier_answers"),
    ]

    operations = [
        migrations.AddField(
            model_name="campaignevent",
            name="address",
            field=models.CharField(blank=True, db_default="", max_length=43),
        ),
        migrations.AddField(
            model_name="campaignevent",
            name="request_id",
            field=models.CharField(blank=True, db_default="", max_length=128),
        ),
        migrations.AlterField(
            model_name="campaignevent",
            name="campaign",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="events",
                to="annotation.campaign",
            ),
        ),
        migrations.AddIndex(
            model_name="campaignevent",
            index=models.Index(fields=["-created_at"], name="event_by_time"),
        ),
        # Last, so that it is first when reversed: earlier versions need a campaign.
        migrations.RunSQL(migrations.RunSQL.noop, FORGET_EVENTS_OF_ACCOUNTS),
    ]
