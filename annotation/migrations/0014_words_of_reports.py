"""Take the words of reporters from where everybody reads them: they stay on the reports.

An item became sensitive for its first reporter's words. Where those words still stand on it, or on
its corrected versions, a neutral phrase takes their place, unless a lead has entered them since.
Words of an import that equal a report's cannot be told from it: they become neutral as well.
"""

from django.db import migrations

MAKE_NEUTRAL = """
WITH RECURSIVE reported (item_id, words) AS (
    SELECT item_id, btrim(left(reason, 100), E' \\t\\r\\n') FROM annotation_itemreport
    UNION
    SELECT i.id, r.words
      FROM reported r JOIN annotation_item i ON i.supersedes_id = r.item_id
)
UPDATE annotation_item i SET sensitive = 'reported by somebody'
  FROM reported r
 WHERE i.id = r.item_id AND i.sensitive = r.words
   AND NOT EXISTS (
       SELECT FROM annotation_campaignevent e
        WHERE e.campaign_id = i.campaign_id AND e.verb = 'item_edited'
          AND e.detail ->> 'item' = i.public_id::text
          AND e.detail -> 'changes' -> 'sensitive' ->> 'to' = r.words)
"""


class Migration(migrations.Migration):
    dependencies = [("annotation", "0013_work_failures")]

    operations = [
        # Backwards the neutral words stay: they are a reason like any other.
        migrations.RunSQL(MAKE_NEUTRAL, migrations.RunSQL.noop),
    ]
