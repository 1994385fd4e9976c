"""A storm over a whole installation: people judge while its servers are killed under them.

`python -m tests.faults.storm [--minutes N] [--clients 40] [--kills 50] [--seed S]` prints the
counts, writes build/faults/storm.json and exits with 1 when an invariant broke.
"""

import argparse
import json
import os
import random
import sys
import threading
import time
from collections import Counter, deque
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.annotator import Annotator
from tests.faults.blows import Blows
from tests.faults.house import PROJECT, house
from tests.faults.verdict import account, broken_promises

OVERLAP = 3
DRAIN_SECONDS = 400
JOB_SECONDS = 150


@dataclass(frozen=True)
class Plan:
    """How much of everything. n_restarts: of PostgreSQL and of Redis."""

    seconds: float
    n_clients: int
    n_kills: int
    n_restarts: tuple[int, int]
    n_comparisons: int
    seed: int
    # Claims of killed workers go stale of themselves (30 s), or are made stale at the end.
    waits_for_stale_claims: bool = True
    think_seconds: float = 0.5


@dataclass
class Story:
    """What the people of one storm share."""

    seed: str
    think_seconds: float
    deadline: float
    finishing: threading.Event
    expiring: deque = field(default_factory=deque)


def full_plan(*, minutes, n_clients, n_kills, seed):
    """PostgreSQL restarts twice a minute, Redis once: their keeper gives up on more deaths."""
    return Plan(
        seconds=minutes * 60,
        n_clients=n_clients,
        n_kills=n_kills,
        n_restarts=(max(2, round(2 * minutes)), max(1, round(minutes))),
        n_comparisons=round(minutes * n_clients * 24),
        seed=seed,
    )


def run(plan, say=lambda _: None):
    """Let the storm pass and return what was counted, with the broken invariants in words."""
    with house() as site:
        seeded = site.call(
            "seed", n_people=plan.n_clients, n_comparisons=plan.n_comparisons, overlap=OVERLAP
        )
        study = site.call("study")
        site.start_web()
        site.start_workers()
        say(f"{plan.n_clients} people, {plan.n_comparisons} comparisons, seed {plan.seed}")
        deadline = time.monotonic() + plan.seconds + DRAIN_SECONDS
        finishing = threading.Event()
        people = [
            Annotator(
                site.url,
                seeded["slug"],
                token,
                Story(f"{plan.seed} {nth}", plan.think_seconds, deadline, finishing),
            )
            for nth, token in enumerate(seeded["tokens"])
        ]
        blows = Blows(site, plan, people, (seeded["slug"], study), say)
        for person in people:
            person.start()
        blows.fall()
        say("no more faults: the queue drains")
        return _settle(site, plan, people, blows, finishing)


def _settle(site, plan, people, blows, finishing):
    """Let everybody finish, the jobs end, and the rows speak."""
    finishing.set()
    started = time.monotonic()
    for person in people:
        while person.is_alive() and time.monotonic() < person.story.deadline:
            blows.let_expire()
            person.join(0.5)
    drained = time.monotonic() - started
    stuck = _unfinished_jobs(site, plan)
    found = site.call("audit", slug=blows.slug)
    result = account(people)
    broken = [*blows.broken, *broken_promises(people, result, found)]
    broken += [f"a job never ended: {job}" for job in stuck]
    logs = {"web errors": _tracebacks(site.home / "gunicorn.log")}
    figures = {name: value for name, value in found.items() if name not in {"answers", "broken"}}
    return {
        "plan": vars(plan),
        "environment": {"cores": os.cpu_count(), "load_1_5_15": os.getloadavg()},
        "faults": blows.figures(),
        "clients": result.figures,
        "drain_s": round(drained, 1),
        "database": figures,
        "logs": logs,
        "broken": broken,
    }


def _unfinished_jobs(site, plan):
    deadline = time.monotonic() + JOB_SECONDS
    while True:
        left = site.call("unfinished_jobs", silence_dead=not plan.waits_for_stale_claims)
        if not left or time.monotonic() > deadline:
            return left
        time.sleep(1)


def _tracebacks(log):
    """Return how often each last line of a traceback stands in a log of JSON records."""
    last = Counter()
    for line in log.read_text(errors="replace").splitlines():
        found = json.loads(line).get("traceback", "") if line.startswith("{") else ""
        if found:
            last[found.strip().splitlines()[-1][:140]] += 1
    return dict(last.most_common(12))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--clients", type=int, default=40)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=None)
    given = parser.parse_args()
    seed = random.randrange(10**6) if given.seed is None else given.seed
    plan = full_plan(minutes=given.minutes, n_clients=given.clients, n_kills=given.kills, seed=seed)
    result = run(plan, say=lambda words: print(words, flush=True))  # noqa: T201
    out = Path(PROJECT) / "build" / "faults" / "storm.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(result, indent=1, default=str))
    print(json.dumps({**result, "broken": result["broken"][:40]}, indent=1, default=str))  # noqa: T201
    sys.exit(1 if result["broken"] else 0)


if __name__ == "__main__":
    main()
