"""Count the time at work of answers that were given before the server counted it.

From the lease or the person's previous answer to the submit, at most what the client claimed and
ten minutes. Simulated experts answered at once: theirs is the time that a person would have taken.
"""

from django.db import migrations

COUNT = """
ALTER TABLE annotation_judgment DISABLE TRIGGER judgment_append_only;
WITH spans AS (
    SELECT j.id, u.username LIKE 'sim-%' AND j.evidence @> '{"simulated": true}' AS simulated,
           greatest(0, floor(1000 * extract(epoch FROM j.created_at - greatest(
               a.leased_at, lag(j.created_at) OVER (
                   PARTITION BY j.annotator_id, j.campaign_id ORDER BY j.created_at, j.id))))
           )::bigint AS room_ms
      FROM annotation_judgment j
      JOIN annotation_assignment a ON a.id = j.assignment_id
      JOIN annotation_user u ON u.id = j.annotator_id
)
UPDATE annotation_judgment j
   SET worked_until = j.created_at,
       worked_ms = CASE WHEN j.active_ms IS NULL THEN NULL WHEN s.simulated THEN j.active_ms
                        ELSE least(j.active_ms, 600000, s.room_ms) END
  FROM spans s WHERE s.id = j.id;
ALTER TABLE annotation_judgment ENABLE TRIGGER judgment_append_only;
"""


class Migration(migrations.Migration):
    dependencies = [("annotation", "0032_counted_by_the_server")]

    # Undone, the columns are dropped with their numbers.
    operations = [migrations.RunSQL(COUNT, migrations.RunSQL.noop)]
