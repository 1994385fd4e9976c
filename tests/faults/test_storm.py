"""Annotators at work while everything is killed under them; `make faults` has the long version."""

import http.client
import json
import os
import signal
import threading
import time
from contextlib import closing
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.faults import storm
from tests.faults.house import house

pytestmark = pytest.mark.faults

SHORT = storm.Plan(
    seconds=14,
    n_clients=8,
    n_kills=5,
    n_restarts=(2, 1),
    n_comparisons=60,
    seed=7,
    waits_for_stale_claims=False,
    think_seconds=0.2,
)


def test_nothing_acknowledged_is_lost_or_doubled_while_servers_die():
    result = storm.run(SHORT)
    assert result["broken"] == []
    faults, clients, database = result["faults"], result["clients"], result["database"]
    killed = faults.get("web workers killed", 0) + faults.get("Celery workers killed", 0)
    assert killed == SHORT.n_kills
    assert faults["PostgreSQL restarted fast"] == faults["PostgreSQL crashed"] == 1
    assert faults["Redis wiped"] == 1
    assert clients["retries"] > 0, "no blow hit a request"
    assert clients["submits 200"] > 0, "nothing was sent twice"
    assert clients["submits 409"] > 0, "no two tabs met"
    assert database["n_comparisons"] == SHORT.n_comparisons
    assert database["n_counted"] >= (SHORT.n_comparisons - database["n_held"]) * storm.OVERLAP


class KeptAlive:
    """One connection of one person, and never another."""

    def __init__(self, site):
        seeded = site.seeded
        self.connection = http.client.HTTPConnection(urlsplit(site.url).netloc, timeout=30)
        self.path = f"/api/v1/campaigns/{seeded['slug']}/assignments/next/"
        self.headers = {"Authorization": f"Token {seeded['tokens'][0]}"}
        self.connection.connect()
        self.connection.auto_open = 0

    def ask(self):
        """Return (status, body, headers) of a request for work."""
        headers = {**self.headers, "Content-Type": "application/json"}
        self.connection.request("POST", self.path, "{}", headers)
        answer = self.connection.getresponse()
        return answer.status, json.loads(answer.read()), answer.headers


@pytest.fixture
def client(site):
    """A connection over which the site answers."""
    kept = KeptAlive(site)
    with closing(kept.connection):
        wait_for_work(kept)
        yield kept


@pytest.fixture(scope="module")
def site():
    with house() as built:
        built.seeded = built.call("seed", n_people=2, n_comparisons=5, overlap=2)
        built.start_web()
        yield built


def wait_for_work(client, seconds=60):
    """Ask over the one connection until there is work."""
    deadline = time.monotonic() + seconds
    while (answer := client.ask())[0] == 503:
        assert time.monotonic() < deadline, answer
        time.sleep(0.05)
    assert (answer[0], len(answer[1]["assignments"])) == (200, 1)


def test_a_connection_outlives_an_outage_of_the_database(site, client):
    os.kill(site.keeper, signal.SIGSTOP)  # nobody starts PostgreSQL again meanwhile
    try:
        site.kill_postgres(signal.SIGINT)
        while site.postmaster() is not None:
            time.sleep(0.02)
        for _ in range(3):  # the request that loses its connection, and those that find none
            status, result, headers = client.ask()
            assert (status, result["field"], headers["Retry-After"]) == (503, None, "1")
            assert result["detail"] == "The database is away for a moment. Please send this again."
    finally:
        os.kill(site.keeper, signal.SIGCONT)
    wait_for_work(client)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL], ids=["fast", "crash"])
def test_a_request_in_flight_is_told_to_come_again(site, client, how):
    result = []
    with psycopg.connect(site.environment["DATABASE_URL"]) as mine:
        mine.execute("SELECT 1 FROM annotation_membership FOR UPDATE")
        asking = threading.Thread(target=lambda: result.append(client.ask()))
        asking.start()
        blocked = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        with psycopg.connect(site.environment["DATABASE_URL"], autocommit=True) as watch:
            while not watch.execute(blocked).fetchone()[0]:
                time.sleep(0.01)
        # Stopped, it cannot die first and hand its lock to the request.
        os.kill(mine.info.backend_pid, signal.SIGSTOP)
        try:
            site.kill_postgres(how)
            asking.join(60)
        finally:
            os.kill(mine.info.backend_pid, signal.SIGCONT)
        mine.close()
    status, answer, _ = result[0]
    assert (status, answer["field"]) == (503, None)
    wait_for_work(client)
