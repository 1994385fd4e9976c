import django.db.models.deletion
from django.db import migrations, models
from django.db.models.functions import Now


class Migration(migrations.Migration):
    """Campaigns that exist keep serving each edit at its own size: people have judged them so."""

    dependencies = [("annotation", "0022_messages_and_quality_rules")]

    operations = [
        migrations.AddField("campaign", "one_size", models.BooleanField(default=False)),
        migrations.AlterField("campaign", "one_size", models.BooleanField(default=True)),
        migrations.CreateModel(
            name="SizedView",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("for_width", models.IntegerField()),
                ("for_height", models.IntegerField()),
                ("width", models.IntegerField()),
                ("height", models.IntegerField()),
                ("fit_path", models.CharField(max_length=140)),
                ("full_path", models.CharField(max_length=140)),
                ("created_at", models.DateTimeField(db_default=Now())),
                (
                    "image",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sized_views",
                        to="annotation.storedimage",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("image", "for_width", "for_height"), name="sized_view_unique"
                    )
                ]
            },
        ),
    ]
