"""A database that holds the queue of comparisons with counts becomes one with a queue of places."""

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from django.db import connection

PROJECT = Path(__file__).resolve().parents[2]
NAME = "editjury_upgrade"
# Comparison 1 waits with two of three places free, 2 is complete, 3 is new in the random arm.
OLD_ROWS = """
SET session_replication_role = replica;
INSERT INTO annotation_user (id, password, is_superuser, username, first_name, last_name, email,
                             is_staff, is_active, date_joined)
SELECT p, '', false, 'person ' || p, '', '', '', false, true, now() FROM generate_series(1, 3) p;
INSERT INTO annotation_campaign (id, public_id, slug, name, description, state, seed, k, overlap,
    lease_minutes, random_arm_percent, held_out_percent, send_back_batch)
VALUES (1, gen_random_uuid(), 'old', 'Old', '', 'live', 5, 2, 3, 30, 20, 10, 10);
INSERT INTO annotation_rubric (id, version, published_at, campaign_id) VALUES (1, 1, now(), 1);
INSERT INTO annotation_storedimage (id, sha256, n_bytes, file_format, width, height, has_alpha)
SELECT i, lpad(to_hex(i), 64, '0'), 1, 'PNG', 64, 64, false FROM generate_series(1, 9) i;
INSERT INTO annotation_item (id, public_id, instruction, instruction_sha256, category, licence,
    origin, random_arm, held_out, version, withdrawn_reason, campaign_id, source_id)
SELECT i, gen_random_uuid(), 'Make it green.', lpad(to_hex(i), 64, '0'), '', '', '', i = 3, false,
       1, '', 1, i
  FROM generate_series(1, 3) i;
INSERT INTO annotation_comparison (id, public_id, candidate_ids, overlap, held_reason,
    campaign_id, item_id)
SELECT i, gen_random_uuid(), ARRAY[2 * i, 2 * i + 1], 3, '', 1, i FROM generate_series(1, 3) i;
INSERT INTO annotation_queueentry (campaign_id, comparison_id, lane, policy, propensity, free,
    draw_key)
VALUES (1, 1, 'coverage', 'random:k=2,n=1', 0.25, 2, 0.5), (1, 3, 'random', 'all', 1, 3, 0.1);
INSERT INTO annotation_assignment (public_id, lane, policy, slot, shown_order, state, skip_reason,
    leased_at, expires_at, closed_at, annotator_id, campaign_id, comparison_id, rubric_id)
SELECT gen_random_uuid(), 'coverage', 'all', slot, ARRAY[1, 0], 'submitted', '', now(), now(),
       now(), slot, 1, comparison, 1
  FROM (VALUES (1, 2), (2, 1), (2, 2), (2, 3)) AS taken (comparison, slot)
"""
PLACES = """
SELECT comparison_id, slot, lane, policy, propensity, source_id, shown_order
  FROM annotation_queueentry ORDER BY comparison_id, slot
"""


@pytest.fixture
def old_database(django_db_blocker):
    """An empty database beside the tests' own; its address."""
    with (
        django_db_blocker.unblock(),
        psycopg.connect(
            **connection.get_connection_params() | {"dbname": "postgres", "cursor_factory": None}
        ) as server,
    ):
        server.autocommit = True
        server.execute(f"DROP DATABASE IF EXISTS {NAME}")
        server.execute(f"CREATE DATABASE {NAME}")
        yield urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{NAME}"))
        server.execute(f"DROP DATABASE {NAME} WITH (FORCE)")


def migrate(address, *target):
    done = subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity", "0", *target],
        cwd=PROJECT,
        env=os.environ | {"DATABASE_URL": address},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]


def test_what_waited_waits_as_places_and_keeps_lane_policy_and_chance(old_database):
    migrate(old_database, "annotation", "0002")
    with psycopg.connect(old_database, autocommit=True) as rows:
        rows.execute(OLD_ROWS)
    migrate(old_database)
    with psycopg.connect(old_database) as rows:
        places = rows.execute(PLACES).fetchall()
    assert [row[:6] for row in places] == [
        (1, 1, "coverage", "random:k=2,n=1", 0.25, 1),
        (1, 3, "coverage", "random:k=2,n=1", 0.25, 1),
        (3, 1, "random", "all", 1.0, 3),
        (3, 2, "random", "all", 1.0, 3),
        (3, 3, "random", "all", 1.0, 3),
    ]
    # The place beside one that was served shows the other order.
    assert places[0][6] == [0, 1]
