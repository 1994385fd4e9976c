"""A key of the decoded picture, by which equal pictures are known whatever file they came in."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("annotation", "0009_functions_of_the_comparison_screen"),
    ]

    operations = [
        migrations.AddField(
            model_name="storedimage",
            name="pixels_sha256",
            field=models.CharField(blank=True, db_default="", default="", max_length=64),
        ),
        migrations.AddIndex(
            model_name="storedimage",
            index=models.Index(
                condition=models.Q(("pixels_sha256", "")),
                fields=["id"],
                name="image_without_pixels_sha256",
            ),
        ),
        migrations.AddConstraint(
            model_name="storedimage",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("pixels_sha256", ""),
                    ("pixels_sha256__regex", "^[0-9a-f]{64}$"),
                    _connector="OR",
                ),
                name="image_pixels_sha256_hex",
            ),
        ),
    ]
