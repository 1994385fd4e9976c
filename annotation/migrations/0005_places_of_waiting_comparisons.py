"""Put the free places of what waited into the new queue, and keep its table tidy."""

from django.db import migrations

REFILL = """
SELECT annotation_open_places(array_agg(comparison_id), array_agg(propensity), lane, policy)
  FROM annotation_queue_before GROUP BY lane, policy
"""
# Rows come and go at the head of the index: vacuum follows the work, not the size of the table.
TIDY = """
ALTER TABLE annotation_queueentry SET (
    autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 500,
    autovacuum_analyze_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0)
"""


class Migration(migrations.Migration):
    dependencies = [("annotation", "0004_queue_of_places")]

    operations = [
        migrations.RunSQL(REFILL),
        migrations.RunSQL("DROP TABLE annotation_queue_before"),
        migrations.RunSQL(TIDY),
    ]
