"""What a test committed is gone before the next, also what the database forbids to delete."""

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from annotation.models import Judgment, User
from tests import emptying
from tests.factories import make_comparison, make_judgment, make_user


def left():
    names = connection.introspection.django_table_names(only_existing=True, include_views=False)
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(f"SELECT count(*) FROM {name}" for name in names))  # noqa: S608
        return sum(count for (count,) in cursor.fetchall())


def flush():
    call_command("flush", verbosity=0, interactive=False, reset_sequences=False)


@pytest.mark.parametrize("most_bytes", [emptying.MOST_BYTES, 0], ids=["deleted", "truncated"])
def test_no_table_keeps_a_row_and_numbers_go_on(transactional_db, monkeypatch, most_bytes):
    monkeypatch.setattr(emptying, "MOST_BYTES", most_bytes)
    judgment = make_judgment(make_comparison(k=2))
    with pytest.raises(DatabaseError), transaction.atomic():
        Judgment.objects.filter(pk=judgment.pk).delete()
    last = make_user().pk
    flush()
    assert left() == 0
    assert make_user().pk > last
    # Triggers work as before.
    again = make_judgment(make_comparison(k=2))
    with pytest.raises(DatabaseError), transaction.atomic():
        Judgment.objects.filter(pk=again.pk).delete()
    assert User.objects.exists()
