"""One row that fails is named and passed over; what ends all of the work still ends it."""

import threading
import time

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.db import DataError, connection, connections, transaction

from jobs.errors import Cancelled, ClaimLost
from jobs.isolation import for_each, one_at_a_time
from jobs.models import Job
from tests.factories import make_user


def fails_at(*bad, error=ValueError):
    def work(row):
        if row in bad:
            raise error(f"no {row}\nand more")
        done.append(row)

    done = []
    return work, done


def test_rows_after_a_failing_one_get_their_turn_and_it_is_named(db, caplog):
    work, done = fails_at(2, 4)
    recorded = []
    tally = for_each(
        [1, 2, 3, 4, 5],
        work,
        name=lambda row: f"row {row}",
        on_failure=lambda row, reason: recorded.append((row, reason)),
        on_success=recorded.append,
    )
    assert done == [1, 3, 5]
    assert recorded == [1, (2, "ValueError: no 2"), 3, (4, "ValueError: no 4"), 5]
    assert (tally.n_done, tally.is_complete) == (3, True)
    assert tally.failed == {"row 2": "ValueError: no 2", "row 4": "ValueError: no 4"}
    assert "row 2 failed" in caplog.text
    assert "Traceback" in caplog.text


@pytest.mark.parametrize("error", [SoftTimeLimitExceeded, Cancelled, ClaimLost])
def test_what_ends_the_whole_work_is_passed_on(db, error):
    work, done = fails_at(2, error=error)
    with pytest.raises(error):
        for_each([1, 2, 3], work, name=str)
    assert done == [1]


def test_within_a_transaction_a_failing_row_takes_back_its_own_writes_only(db):
    def work(name):
        make_user(name)
        if name == "bob":
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1 / 0")

    with transaction.atomic():
        tally = for_each(["alice", "bob", "carol"], work, name=str)
    assert list(tally.failed) == ["bob"]
    assert "division by zero" in tally.failed["bob"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT username FROM annotation_user ORDER BY username")
        assert [name for (name,) in cursor.fetchall()] == ["alice", "carol"]


def test_no_row_is_begun_after_the_time_is_over(db):
    work, done = fails_at()
    tally = for_each([1, 2, 3], work, name=str, until=time.monotonic())
    assert (done, tally.is_complete) == ([], False)


@pytest.mark.django_db(transaction=True)
def test_a_lost_connection_ends_the_work():
    def work(row):
        if row == 2:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        Job.objects.count()

    with pytest.raises(Exception, match=r"terminat|closed"):
        for_each([1, 2, 3], work, name=str)
    connection.close()


@pytest.mark.django_db(transaction=True)
def test_one_process_holds_a_lock_until_it_lets_go_however_it_ends():
    def elsewhere(name):
        found = []

        def look():
            with one_at_a_time(name) as is_mine:
                found.append(is_mine)
            connections.close_all()

        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
        return found[0]

    with one_at_a_time("sweeping") as is_mine:
        assert is_mine
        assert not elsewhere("sweeping")
        assert elsewhere("another")
    assert elsewhere("sweeping")
    with pytest.raises(DataError), one_at_a_time("sweeping"), connection.cursor() as cursor:
        cursor.execute("SELECT 1 / 0")
    assert elsewhere("sweeping")
