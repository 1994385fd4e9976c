"""A person with an unsteady hand and line, who keeps account of all that the server promised."""

import random
import threading
import time
import uuid
from collections import Counter

from tests.faults.wire import OutOfTime, Wire

HABITS = {
    "judge": 54,
    "twice": 6,
    "twice at once": 6,
    "two tabs": 6,
    "cut": 10,
    "keep": 5,
    "late": 6,
    "leave": 2,
    "release": 3,
    "skip": 1.2,
    "cannot": 0.8,
}
SCALE = (1, 2, 3, 4)


class Annotator(threading.Thread):
    """Judges until `finishing` is set and nothing is left.

    sent: the answers by client id; acknowledged: (status, body) of the first acknowledgement;
    refused: client ids that got 409; broken: promises that the server did not keep.
    """

    def __init__(self, url, slug, token, story):
        super().__init__(daemon=True)
        self.slug, self.story = slug, story
        self.random = random.Random(story.seed)
        self.wires = [Wire(url, token, f"{story.seed} {n}", story.deadline) for n in range(2)]
        self.sent, self.acknowledged, self.refused = {}, {}, {}
        self.counts, self.broken = Counter(), []
        self.late = []
        self.is_done = False

    def run(self):
        try:
            while self._work():
                pass
            self.is_done = True
        except OutOfTime:
            self.broken.append("a request found no answer until the end")
        except Exception as error:  # noqa: BLE001 - a thread's death must be seen
            self.broken.append(f"a client failed: {error!r}")
        for wire in self.wires:
            wire.close()

    def _work(self):
        """Do one round; False when nothing is left for this person."""
        finishing = self.story.finishing.is_set()
        status, work = self.wires[0].insist(
            f"campaigns/{self.slug}/assignments/next/", {"ahead": self.random.randint(1, 3)}
        )
        if status != 200:
            self.broken.append(f"next: {status} {work}")
            return False
        self._answer_late(finishing)
        if not work["assignments"]:
            self.counts[work["reason"]] += 1
            time.sleep(0.1 if finishing else 0.3)
            return not (finishing and work["reason"] == "done" and not self.late)
        todo = work["assignments"]
        self.random.shuffle(todo)
        for assignment in todo:
            if not finishing:
                time.sleep(self.random.expovariate(1 / self.story.think_seconds))
            self._handle(assignment, steady=finishing)
        return True

    def _handle(self, assignment, *, steady):
        habit = self.random.choices(list(HABITS), HABITS.values())[0]
        if steady and habit in {"leave", "late", "skip", "cannot", "release"}:
            habit = "judge"
        self.counts[habit] += 1
        getattr(self, "_" + habit.replace(" ", "_"))(assignment)

    def _judge(self, assignment):
        self._submit(assignment, self._answer(assignment))

    def _twice(self, assignment):
        answer = self._answer(assignment)
        first, again = self._submit(assignment, answer), self._submit(assignment, answer)
        if first[0] in {200, 201} and again[0] != 200:
            self.broken.append(f"a repeat of {answer['client_id']} got {again}")

    def _twice_at_once(self, assignment):
        answer = self._answer(assignment)
        result = self._both(assignment, answer, answer)
        statuses = sorted(status for status, _ in result)
        if statuses not in ([200, 200], [200, 201], [409, 409]):
            self.broken.append(f"one client id twice at once: {result}")

    def _two_tabs(self, assignment):
        result = self._both(assignment, self._answer(assignment), self._answer(assignment))
        statuses = sorted(min(status, 409) // 100 for status, _ in result)
        if statuses != [2, 4]:
            self.broken.append(f"two tabs on {assignment['id']}: {result}")

    def _both(self, assignment, *answers):
        result = [None, None]

        def send(nth):
            result[nth] = self._submit(assignment, answers[nth], self.wires[nth])

        other = threading.Thread(target=send, args=[1], daemon=True)
        other.start()
        send(0)
        other.join()
        if result[1] is None:
            raise OutOfTime
        return result

    def _cut(self, assignment):
        answer = self._answer(assignment)
        self.sent[answer["client_id"]] = (assignment["id"], answer)
        for _ in range(self.random.choice([1, 1, 2])):
            share = self.random.choice([0.5, 1, 1])
            self.wires[1].cut(f"assignments/{assignment['id']}/judgment/", answer, share)
        self._submit(assignment, answer)

    def _keep(self, assignment):
        result = self.wires[0].insist(f"assignments/{assignment['id']}/heartbeat/", {})
        if result[0] not in {200, 409}:
            self.broken.append(f"heartbeat: {result}")
        self._judge(assignment)

    def _late(self, assignment):
        """Let the time run out and answer all the same, some time later."""
        self.story.expiring.append(assignment["id"])
        self.late.append((time.monotonic() + self.random.uniform(0.3, 4), assignment))

    def _leave(self, assignment):
        self.story.expiring.append(assignment["id"])

    def _answer_late(self, finishing):
        now = time.monotonic()
        due = [one for at, one in self.late if finishing or at <= now]
        self.late = [pair for pair in self.late if pair[1] not in due]
        for assignment in due:
            self._judge(assignment)

    def _release(self, assignment):
        self._end(assignment, "release", {})

    def _skip(self, assignment):
        self._end(assignment, "skip", {"reason": "I know this picture."})

    def _cannot(self, assignment):
        nothing = {"scores": None, "verdict": None, "cannot_judge": "The picture is broken."}
        self._submit(assignment, self._answer(assignment) | nothing)

    def _end(self, assignment, how, body):
        result = self.wires[0].insist(f"assignments/{assignment['id']}/{how}/", body)
        if result[0] not in {200, 409}:
            self.broken.append(f"{how}: {result}")

    def _answer(self, assignment):
        k = len(assignment["candidates"])
        best = self.random.randrange(k)
        ranks = [1 if at == best else 2 for at in range(k)]
        is_tie = self.random.random() < 0.1
        return {
            "client_id": str(uuid.UUID(int=self.random.getrandbits(128), version=4)),
            "scores": {
                dimension["slug"]: self.random.choices(SCALE, k=k)
                for dimension in assignment["rubric"]["dimensions"]
            },
            "verdict": {"ranks": [1] * k, "tie_kind": "good"}
            if is_tie
            else {"ranks": ranks, "tie_kind": None},
            "cannot_judge": None,
            "note": "",
            # What a clock that jumps measures.
            "active_ms": self.random.choice([None, 0, 1, 900, 86_400_000]),
            "evidence": {"opened_at": self.random.choice(["1970-01-01T00:00:00Z", "2099-12-31"])},
        }

    def _submit(self, assignment, answer, wire=None):
        """Send an answer until there is word on it, and keep account of that word."""
        client_id = answer["client_id"]
        self.sent[client_id] = (assignment["id"], answer)
        wire = wire or self.wires[0]
        status, result = wire.insist(f"assignments/{assignment['id']}/judgment/", answer)
        if status in {200, 201}:
            first = self.acknowledged.setdefault(client_id, result)
            if (first["judgment"], first["state"]) != (result["judgment"], result["state"]):
                self.broken.append(f"{client_id} was acknowledged as {first} and as {result}")
            if client_id in self.refused:
                self.broken.append(f"{client_id} was refused, then taken")
        elif status == 409:
            self.refused[client_id] = result
        else:
            self.broken.append(f"{client_id}: {status} {result}")
        wire.counts[f"submits {status}"] += 1
        return status, result
