"""Simulated judgments by COPY: `python -m tests.bench.bulk_simulation`."""

import os
import statistics
import tempfile
import time
from pathlib import Path

from config.embedded import running

RUNS, N_JUDGMENTS, OVERLAP, N_PEOPLE = 3, 200_000, 3, 200


def cpu_seconds(backend):
    """Return the CPU seconds so far of this process and of the connection's server process."""
    fields = Path(f"/proc/{backend}/stat").read_text().rpartition(")")[2].split()
    ticks = int(fields[11]) + int(fields[12])
    return time.process_time() + ticks / os.sysconf("SC_CLK_TCK")


def measure():
    """Return judgments a second: each run fills other slots of one campaign by other people."""
    from django.db import connection

    from annotation.models import Campaign, Judgment
    from demo.bulk.simulation import simulate_in_bulk
    from demo.experts import Persona
    from tests.bench import queue_study

    queue_study.fill(RUNS * N_JUDGMENTS // OVERLAP + 1, overlap=OVERLAP)
    with connection.cursor() as cursor:
        # The people of the study have ids that no sequence gave.
        cursor.execute("SELECT setval(pg_get_serial_sequence('annotation_user', 'id'), 1000)")
        cursor.execute("SELECT pg_backend_pid()")
        (backend,) = cursor.fetchone()
    rates, per_cpu = [], []
    for run in range(RUNS):
        people = [Persona(f"sim-{run}-{n:03}", seconds=8 + n % 20) for n in range(N_PEOPLE)]
        before = cpu_seconds(backend)
        result = simulate_in_bulk(
            campaign=Campaign.objects.get(slug=queue_study.SLUG),
            personas=people,
            n_judgments=N_JUDGMENTS,
            seed=run,
        )
        rates.append(result.per_second)
        per_cpu.append(N_JUDGMENTS / (cpu_seconds(backend) - before))
    figures = {
        "judgments_per_second": statistics.median(rates),
        "judgments_per_cpu_second": statistics.median(per_cpu),
        "each_run": rates,
    }
    sizes = {"judgments": Judgment.objects.count(), "people": N_PEOPLE, "runs": RUNS}
    return figures, sizes


def main():
    with (
        tempfile.TemporaryDirectory(prefix="editjury-bench-") as folder,
        running(Path(folder)) as servers,
    ):
        os.environ |= {
            "DATABASE_URL": servers.database_url,
            "REDIS_URL": servers.redis_url,
            "SECRET_KEY": "bench",
            "EDITJURY_HOME": folder,
            "DJANGO_SETTINGS_MODULE": "config.settings",
        }
        import django

        django.setup()
        from django.core.management import call_command

        from tests.bench.report import write_report

        call_command("migrate", verbosity=0)
        figures, sizes = measure()
        path = write_report("bulk_simulation", figures, sizes=sizes, packages=("numpy", "psycopg"))
        print(path.read_text())  # noqa: T201  the command's answer


if __name__ == "__main__":
    main()
