"""Submit leaves answers after a pause or a close to the closer look; a lease waits for the stop."""

from django.db import migrations

from annotation import sql


class Migration(migrations.Migration):
    dependencies = [("annotation", "0015_overall_of_exports")]

    operations = [
        sql.load(
            "0016",
            {
                "lease": "e6cdd2b4aa2328feead96bb1e99726620d599fb812b8f88a40acef7496568125",
                "submit": "37c46378b132615941d76afedca016a595159ab98b5f293131a4967291e898ab",
            },
        ),
    ]
