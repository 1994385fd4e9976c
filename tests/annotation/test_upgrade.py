"""A database of any earlier schema becomes today's, and people go on judging in it."""

import uuid

import pytest
from django.db import connections
from django.test import Client

from annotation.campaigns.progress import shares_of
from annotation.models import Campaign, User
from rewardsvc.models import TrainingRun
from tests.annotation import old_databases
from tests.annotation.old_databases import (
    CATALOGUE,
    DIMENSIONS,
    catalogue,
    database,
    migrate,
    migrations_of,
    newest,
    planned,
    rows,
)

# From this migration on the queue holds a row for each free place.
FIRST_WITH_PLACES = "0004"
# From this one on a rubric's criteria name what is wrong, unless it says otherwise.
FIRST_WITH_FAULTS = "0011"
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


APPLIED = "SELECT name FROM django_migrations WHERE app = 'annotation'"
SQUASHED = "0001_squashed_0016_tables"
LAST_REPLACED = "0016_answers_after_a_stop"
APPS = ("annotation", "rewardsvc")


@pytest.fixture(scope="module")
def new(django_db_setup, django_db_blocker):
    """What a database that was made today is made of, and the migrations that made it."""
    own = connections["default"].settings_dict["NAME"]
    with django_db_blocker.unblock(), database(f"{own}_new"):
        made_by = planned()
        migrate()
        return catalogue(), made_by


@pytest.fixture(scope="module")
def upgraded(django_db_setup, django_db_blocker):
    """A database that lived through every migration and got a campaign or a run after each."""
    own = connections["default"].settings_dict["NAME"]
    with django_db_blocker.unblock(), database(f"{own}_upgrade"):
        for name in migrations_of("annotation"):
            # What others build on first, and all of theirs once that is there.
            others = [key for key in newest() if key[0] not in APPS]
            migrate(("annotation", name), *others)
            make = old_databases.models_at(("annotation", name))
            old_databases.make_campaign(make, name[:4], counted=name[:4] < FIRST_WITH_PLACES)
        for name in migrations_of("rewardsvc"):
            migrate(("rewardsvc", name))
            make = old_databases.models_at(("rewardsvc", name))
            old_databases.make_run(make, Campaign.objects.get(slug="old-0001"), name)
        migrate()
        yield


def post(client, path, data):
    answer = client.post(path, data, content_type="application/json")
    return answer.status_code, answer.json()


@pytest.mark.parametrize("made_at", migrations_of("annotation"))
def test_work_of_an_earlier_schema_is_judged_and_counted_after_an_upgrade(upgraded, made_at):
    judge_one(made_at[:4])


@pytest.mark.parametrize("made_at", ["0008_reference_answers", LAST_REPLACED])
def test_a_database_is_upgraded_in_one_step_and_back(
    django_db_setup, django_db_blocker, new, made_at
):
    own = connections["default"].settings_dict["NAME"]
    with django_db_blocker.unblock(), database(f"{own}_at_{made_at[:4]}"):
        others = [key for key in newest() if key[0] != "annotation"]
        migrate(("annotation", made_at), *others)
        make = old_databases.models_at(("annotation", made_at))
        old_databases.make_campaign(make, made_at[:4], counted=False)
        before = catalogue()
        migrate()
        assert catalogue() == new[0]
        judge_one(made_at[:4])
        if made_at == LAST_REPLACED:
            migrate(("annotation", made_at))
            assert catalogue() == before


def judge_one(number):
    """Lease and answer over HTTP the comparison of the campaign made at a migration's number."""
    client = Client()
    client.force_login(User.objects.get(username=f"ann-{number}"))
    status, work = post(client, f"/api/v1/campaigns/old-{number}/assignments/next/", {"ahead": 1})
    assert status == 200
    assert [served["instruction"] for served in work["assignments"]] == ["Make the sky green."]
    wording = "fault" if number >= FIRST_WITH_FAULTS else "quality"
    assert work["assignments"][0]["rubric"]["criteria_wording"] == wording
    answer = {
        "client_id": str(uuid.uuid4()),
        "scores": {slug: [4, 2] for slug in DIMENSIONS},
        "verdict": {"ranks": [1, 2], "tie_kind": None},
        "active_ms": 1200,
    }
    path = f"/api/v1/assignments/{work['assignments'][0]['id']}/judgment/"
    status, reply = post(client, path, answer)
    assert (status, reply["state"]) == (201, "counted")
    pk = Campaign.objects.get(slug=f"old-{number}").pk
    assert shares_of([pk]) == {pk: (2, 3)}
    waiting = "SELECT lane, propensity FROM annotation_queueentry WHERE campaign_id = "
    assert rows(f"{waiting}{pk}") == [("coverage", 0.25)]


@pytest.mark.parametrize("made_at", migrations_of("rewardsvc"))
def test_runs_of_an_earlier_schema_are_shown_after_an_upgrade(upgraded, made_at):
    client = Client()
    client.force_login(User.objects.get(username="lea-0001"))
    run = TrainingRun.objects.get(snapshot_sha256=old_databases.digest_of(made_at))
    for path in ("/c/old-0001/models/", f"/c/old-0001/models/{run.public_id}/"):
        assert client.get(path).status_code == 200, path


@pytest.mark.parametrize("kind", CATALOGUE)
def test_a_database_that_lived_through_every_migration_is_made_of_the_same_as_a_new_one(
    upgraded, new, kind
):
    assert catalogue()[kind] == new[0][kind]


def test_a_new_database_gets_its_tables_at_once(new):
    later = [name for name in migrations_of("annotation") if name > LAST_REPLACED]
    assert new[1] == [SQUASHED, *later]


def test_an_upgraded_database_counts_the_tables_as_made(upgraded):
    assert SQUASHED in {name for (name,) in rows(APPLIED)}


@pytest.fixture
def old_database(django_db_blocker):
    """A database as it was before the queue held a row for each free place."""
    own = connections["default"].settings_dict["NAME"]
    with django_db_blocker.unblock(), database(f"{own}_counted"):
        migrate(("annotation", "0002_invariants"))
        yield


def test_what_waited_waits_as_places_and_keeps_lane_policy_and_chance(old_database):
    rows(OLD_ROWS)
    connections["default"].close()
    migrate()
    places = rows(PLACES)
    assert [row[:6] for row in places] == [
        (1, 1, "coverage", "random:k=2,n=1", 0.25, 1),
        (1, 3, "coverage", "random:k=2,n=1", 0.25, 1),
        (3, 1, "random", "all", 1.0, 3),
        (3, 2, "random", "all", 1.0, 3),
        (3, 3, "random", "all", 1.0, 3),
    ]
    # The place beside one that was served shows the other order.
    assert places[0][6] == [0, 1]
