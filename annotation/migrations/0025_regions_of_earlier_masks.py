from datetime import UTC, datetime

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def make_again(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """Let a worker make the regions of masks again: masks are read in more ways than before."""
    regions = apps.get_model("annotation", "ChangeRegion").objects.using(editor.connection.alias)
    regions.filter(item__mask__isnull=False).update(updated_at=datetime(2000, 1, 1, tzinfo=UTC))


class Migration(migrations.Migration):
    dependencies = [("annotation", "0024_served_sizes")]

    operations = [migrations.RunPython(make_again, migrations.RunPython.noop)]
