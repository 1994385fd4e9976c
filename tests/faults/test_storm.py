"""Annotators at work while the web server and the database are killed under them."""

import http.client
import json
import random
import threading
import time
import urllib.error
import urllib.request
import uuid

import pytest

from tests.faults.house import house

pytestmark = pytest.mark.faults

PEOPLE, COMPARISONS, OVERLAP = 6, 40, 3
DEADLINE = 120
BROKEN = (urllib.error.URLError, ConnectionError, TimeoutError, http.client.HTTPException)


class Annotator(threading.Thread):
    """Judges until nothing is left; a request without an answer is sent again as it was."""

    def __init__(self, url, slug, token, seed):
        super().__init__()
        self.url, self.slug, self.token = url, slug, token
        self.random = random.Random(seed)
        self.acknowledged, self.refused, self.retries = {}, [], 0
        self.deadline = time.monotonic() + DEADLINE

    def post(self, path, body):
        """Return (status, answer) of the first attempt that gets one."""
        request = urllib.request.Request(
            f"{self.url}/api/v1/{path}",
            data=json.dumps(body).encode(),
            headers={"Authorization": f"Token {self.token}", "Content-Type": "application/json"},
        )
        while time.monotonic() < self.deadline:
            try:
                with urllib.request.urlopen(request, timeout=20) as answer:
                    return answer.status, json.load(answer)
            except urllib.error.HTTPError as error:
                with error:
                    if error.code < 500:
                        return error.code, error.read().decode()
            except BROKEN:
                pass
            self.retries += 1
            time.sleep(0.05)
        return None, "out of time"

    def run(self):
        while time.monotonic() < self.deadline:
            _, work = self.post(f"campaigns/{self.slug}/assignments/next/", {"ahead": 2})
            if not isinstance(work, dict) or work["reason"] == "done":
                return
            if not work["assignments"]:
                time.sleep(0.05)
            for assignment in work["assignments"]:
                self.judge(assignment)

    def judge(self, assignment):
        answer = {
            "client_id": str(uuid.uuid4()),
            "scores": {"instruction_following": [3, 2], "visual_quality": [4, 2]},
            "verdict": {"ranks": self.random.choice([[1, 2], [2, 1]]), "tie_kind": None},
            "cannot_judge": None,
            "note": "",
            "active_ms": 900,
            "evidence": {},
        }
        for _ in range(self.random.choice([1, 1, 2])):  # now and then a double click
            status, told = self.post(f"assignments/{assignment['id']}/judgment/", answer)
            if status in {200, 201}:
                self.acknowledged.setdefault(answer["client_id"], told["judgment"])
                assert self.acknowledged[answer["client_id"]] == told["judgment"]
            else:
                self.refused.append((status, told))


def test_nothing_acknowledged_is_lost_or_doubled_while_servers_die():
    with house() as site:
        seeded = site.call("seed", n_people=PEOPLE, n_comparisons=COMPARISONS, overlap=OVERLAP)
        site.start_web()
        people = [
            Annotator(site.url, seeded["slug"], token, seed)
            for seed, token in enumerate(seeded["tokens"])
        ]
        for person in people:
            person.start()
        generator = random.Random(0)
        for blow in range(6):
            time.sleep(0.7)
            if blow in {1, 4}:  # the second one often hits the recovery from the first
                site.kill_postgres()
            else:
                site.kill_web_worker(generator)
        for person in people:
            person.join()
        found = site.call("audit", slug=seeded["slug"])
    assert sum(person.retries for person in people) > 0, "no blow hit a request"
    assert [person.refused for person in people] == [[]] * PEOPLE
    acknowledged = [client_id for person in people for client_id in person.acknowledged]
    stored = found["client_ids"]
    assert len(stored) == len(set(stored))
    assert set(acknowledged) == set(stored)
    assert found["most_on_a_comparison"] == OVERLAP
    assert found["most_by_one_person"] == 1
    assert found["n_full"] == COMPARISONS
    assert found["n_counted"] == COMPARISONS * OVERLAP
    assert found["worst_imbalance"] <= 1
    assert found["n_live"] == found["free_in_queue"] == 0
