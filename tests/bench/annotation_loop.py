"""Throughput of the judging loop over HTTP: `python -m tests.bench.annotation_loop`."""

import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path

from config.embedded import running
from tests.bench.loop.client import Combined, Floor, Loop, drive
from tests.bench.loop.machine import busy_seconds, children_of, cpu_seconds, flush_ms

N_COMPARISONS = 200_000
N_DONE = N_COMPARISONS // 2
N_VETERAN = 20_000
VETERAN = 64
RUNS, SECONDS = 5, 2.0
CLIENTS = (1, 8, 32)
# Few places are left then: a longer run would take them all.
NEARLY_DONE_SECONDS = 0.7
# A new process answers its first request after seconds only.
WARM_UP_SECONDS = 10.0
KINDS = {"two_requests": Loop, "combined": Combined, "floor": Floor}
EXPORT = """
import django; django.setup()
from annotation.models import Campaign
from annotation.snapshots.services import freeze
while True:
    freeze(campaign=Campaign.objects.get())
"""
# The command of the Dockerfile, on a socket that is open already.
GUNICORN = (
    "gunicorn config.wsgi --config python:config.web_server"
    " --worker-class gthread --workers 2 --threads 4 --worker-tmp-dir /dev/shm --no-control-socket"
).split()


class Bench:
    """The running site, and how many answers it acknowledged."""

    def __init__(self, address, web, postgres):
        self.address, self.web, self.postgres = address, web, postgres
        self.acknowledged = dict.fromkeys(KINDS, 0)

    def run(self, kind, people, seconds=SECONDS):
        """Return one run's loops/s, latencies, and CPU cores used by each part."""
        from tests.bench.queue_study import SLUG, token_of

        with ExitStack() as stack:
            loops = [KINDS[kind](self.address, SLUG, token_of(person)) for person in people]
            for loop in loops:
                stack.enter_context(loop.socket)
            before = self.cpu()
            start = time.perf_counter()
            outcome = drive(loops, seconds)
            elapsed = time.perf_counter() - start
            cores = {part: (cpu - before[part]) / elapsed for part, cpu in self.cpu().items()}
        self.acknowledged[kind] += outcome.stored
        cores["client"] = outcome.cpu_seconds / elapsed
        cores["others"] = max(0.0, cores.pop("all") - sum(cores.values()))
        cuts = statistics.quantiles(outcome.latencies, n=20)
        return {
            "per_s": len(outcome.latencies) / outcome.seconds,
            "p50_ms": cuts[9] * 1000,
            "p95_ms": cuts[18] * 1000,
            "cores": cores,
        }

    def cpu(self):
        return {
            "postgres": cpu_seconds(children_of(self.postgres)),
            "web": cpu_seconds(children_of(self.web)),
            "all": busy_seconds(),
        }


def middle(runs, name):
    return statistics.median(run[name] for run in runs)


def cores_of(runs):
    return {part: statistics.median(r["cores"][part] for r in runs) for part in runs[0]["cores"]}


def by_clients(bench, n_clients):
    """Measure the three kinds in turn, so that all meet the same minutes of the machine."""
    people = range(1, n_clients + 1)
    runs = {kind: [] for kind in KINDS}
    for _ in range(RUNS):
        for kind, results in runs.items():
            results.append(bench.run(kind, people))
    floor = middle(runs["floor"], "per_s")
    figures = {f"{kind}_per_s": middle(results, "per_s") for kind, results in runs.items()}
    return figures | {
        "share_of_floor": statistics.median(
            two["per_s"] / floor["per_s"]
            for two, floor in zip(runs["two_requests"], runs["floor"], strict=True)
        ),
        "combined_share_of_floor": figures["combined_per_s"] / floor,
        "loop_p50_ms": middle(runs["two_requests"], "p50_ms"),
        "loop_p95_ms": middle(runs["two_requests"], "p95_ms"),
        "combined_p95_ms": middle(runs["combined"], "p95_ms"),
        "cores": {kind: cores_of(results) for kind, results in runs.items()},
        "runs_two_requests_per_s": [round(run["per_s"]) for run in runs["two_requests"]],
        "runs_floor_per_s": [round(run["per_s"]) for run in runs["floor"]],
    }


def with_export(bench):
    """Return throughput while an export reads everything, over the quiet figure, run by run."""
    people, shares, cores = range(1, 9), [], []
    for _ in range(RUNS):
        quiet = bench.run("two_requests", people)
        with subprocess.Popen([sys.executable, "-c", EXPORT]) as export:
            # Past its start: the reading transaction is open.
            time.sleep(2.5)
            open_ = bench.run("two_requests", people)
            cores.append(open_["cores"])
            if export.poll() is not None:
                raise RuntimeError("The export ended before the measurement.")
            export.kill()
        shares.append(open_["per_s"] / quiet["per_s"])
    return {"export_open_share": statistics.median(shares), "export_open_shares": shares}


def progress(bench, n_clients, seconds, runs=3):
    people = range(1, n_clients + 1)
    results = [bench.run("two_requests", people, seconds) for _ in range(runs)]
    return {name: middle(results, name) for name in ("per_s", "p50_ms", "p95_ms")}


def measure(bench):
    from annotation.models import QueueEntry
    from tests.bench.queue_study import judge

    figures = {"progress": {}}
    for kind in KINDS:
        bench.run(kind, range(1, 33), WARM_UP_SECONDS)
    figures["progress"]["0 %"] = progress(bench, 8, SECONDS)
    judge(N_VETERAN, person=VETERAN)
    judge(QueueEntry.objects.count() - (N_COMPARISONS - N_DONE))
    figures["clients"] = {n: by_clients(bench, n) for n in CLIENTS}
    figures |= with_export(bench)
    figures["progress"]["50 %"] = progress(bench, 8, SECONDS)
    veteran = [bench.run("two_requests", [VETERAN]) for _ in range(3)]
    newcomer = [bench.run("two_requests", [40]) for _ in range(3)]
    figures["veteran_p50_ms"] = middle(veteran, "p50_ms")
    figures["newcomer_p50_ms"] = middle(newcomer, "p50_ms")
    judge(QueueEntry.objects.count() - N_COMPARISONS // 100)
    figures["progress"]["99 %"] = progress(bench, 8, NEARLY_DONE_SECONDS, runs=2)
    return figures


def check(bench):
    """Compare what the database holds with what was acknowledged. Raises AssertionError."""
    from django.db import connection

    from annotation.models import Judgment
    from tests.bench.queue_study import FIRST_FORMER

    rows = Judgment.objects.filter(annotator_id__lt=FIRST_FORMER)
    stored = rows.count() - N_VETERAN
    result = bench.acknowledged["two_requests"] + bench.acknowledged["combined"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM bench_floor")
        floor = cursor.fetchone()[0]
    in_all = Judgment.objects.count()
    distinct = Judgment.objects.values("comparison_id").distinct().count()
    if (stored, floor, distinct) != (result, bench.acknowledged["floor"], in_all):
        raise AssertionError(f"{stored=} {result=} {floor=} {distinct=} {in_all=}")
    return {"judgments_stored_and_acknowledged": stored}


@contextmanager
def site(folder):
    """Run gunicorn as the image does, and yield its address and process id."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as bound:
        log = (folder / "gunicorn.log").open("wb")
        command = [sys.executable, "-m", *GUNICORN, "--bind", f"fd://{bound.fileno()}"]
        process = subprocess.Popen(command, pass_fds=[bound.fileno()], stdout=log, stderr=log)
        try:
            time.sleep(4)
            yield bound.getsockname(), process.pid
        finally:
            process.terminate()
            process.wait(30)
            log.close()


def main():
    with (
        tempfile.TemporaryDirectory(prefix="editjury-bench-") as name,
        running(Path(name)) as servers,
    ):
        folder = Path(name)
        os.environ |= {
            "DATABASE_URL": servers.database_url,
            "REDIS_URL": servers.redis_url,
            "SECRET_KEY": "bench",
            # Counted, and never reached.
            "CALLS_PER_MINUTE": "1000000000",
            "EDITJURY_HOME": name,
            "STATIC_ROOT": str(folder / "static"),
            "DJANGO_SETTINGS_MODULE": "tests.bench.loop.settings",
        }
        (folder / "static").mkdir()
        import django

        django.setup()
        from django.core.management import call_command
        from django.db import connection

        from tests.bench.loop.site import TABLE
        from tests.bench.queue_study import fill
        from tests.bench.report import write_report

        call_command("migrate", verbosity=0)
        call_command("collectstatic", verbosity=0, interactive=False)
        with connection.cursor() as cursor:
            cursor.execute(TABLE)
        fill(N_COMPARISONS)
        postmaster = int((folder / "postgres" / "postmaster.pid").read_text().split()[0])
        with site(folder) as (address, pid):
            bench = Bench(address, pid, postmaster)
            figures = measure(bench) | {"flush_ms": flush_ms(folder)} | check(bench)
        sizes = {"n_comparisons": N_COMPARISONS, "n_done": N_DONE, "runs": RUNS} | {
            "seconds_a_run": SECONDS,
            "n_veteran": N_VETERAN,
        }
        packages = ("django", "djangorestframework", "psycopg", "gunicorn")
        print(write_report("annotation_loop", figures, sizes=sizes, packages=packages).read_text())  # noqa: T201


if __name__ == "__main__":
    main()
