"""Empty the tables after a test that committed: deleting a few rows beats truncating every table.

Truncating makes new files for every table and index, and takes locks that a late request may hold.
"""

from django.db import connection

#: A table of more bytes than this is truncated, so that deleted rows never slow down later tests.
MOST_BYTES = 1 << 20

DELETE_ALL = """
DO $$
DECLARE
    name text;
BEGIN
    -- A late request has ended, or waits and then finds its user gone: no row of it stays behind.
    LOCK TABLE {tables} IN SHARE ROW EXCLUSIVE MODE;
    -- Neither triggers nor references forbid what is emptied as a whole.
    SET LOCAL session_replication_role = replica;
    FOREACH name IN ARRAY ARRAY[{names}] LOOP
        IF pg_relation_size(format('%I', name)) > {most_bytes} THEN
            EXECUTE format('TRUNCATE %I CASCADE', name);
        ELSE
            EXECUTE format('DELETE FROM %I', name);
        END IF;
    END LOOP;
END $$
"""


def delete_instead_of_truncating():
    """Let Django's `flush` delete rows, where the test's role may suspend triggers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('is_superuser') = 'on'")
        (allowed,) = cursor.fetchone()
    if allowed:
        connection.ops.sql_flush = _sql_flush


def _sql_flush(style, tables, *, reset_sequences=False, allow_cascade=False):
    if reset_sequences:
        raise ValueError("Deleting rows leaves the sequences where they are.")
    if not tables:
        return []
    from django.contrib.contenttypes.models import ContentType

    # What this process remembers of the rows that go.
    ContentType.objects.clear_cache()
    names = ", ".join(f"'{name}'" for name in tables)
    quoted = ", ".join(f'"{name}"' for name in sorted(tables))
    return [DELETE_ALL.format(names=names, tables=quoted, most_bytes=MOST_BYTES)]
