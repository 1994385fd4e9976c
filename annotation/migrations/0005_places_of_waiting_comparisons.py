"""Put the free places of what waited into the new queue.

Apart from the tables' changes: PostgreSQL alters no table whose rows wait for their foreign keys.
"""

from django.db import migrations

REFILL = """
SELECT annotation_open_places(array_agg(comparison_id), array_agg(propensity), lane, policy)
  FROM annotation_queue_before GROUP BY lane, policy
"""


class Migration(migrations.Migration):
    dependencies = [("annotation", "0004_queue_of_places")]

    operations = [
        migrations.RunSQL(REFILL),
        migrations.RunSQL("DROP TABLE annotation_queue_before"),
    ]
