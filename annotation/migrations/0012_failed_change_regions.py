"""A change region may say why it could not be computed."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("annotation", "0011_wording_of_criteria"),
    ]

    operations = [
        migrations.AddField(
            model_name="changeregion",
            name="failure",
            field=models.CharField(blank=True, db_default="", default="", max_length=300),
        ),
        migrations.AddField(
            model_name="changeregion",
            name="n_failures",
            field=models.SmallIntegerField(db_default=0, default=0),
        ),
    ]
