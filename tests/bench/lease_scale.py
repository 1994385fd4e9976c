"""Cost of a lease by the size of a campaign: `python -m tests.bench.lease_scale`."""

import os
import statistics
import tempfile
import time
import uuid
from pathlib import Path

import psycopg

from config.embedded import running

SMALL, LARGE = 10_000, 1_000_000
N_VETERAN, VETERAN = 20_000, 64
BLOCKS, PER_BLOCK = 8, 25
LEASE = "SELECT * FROM annotation_lease('work', %s, 1)"
SUBMIT = (
    "SELECT * FROM annotation_submit(%s, %s, %s, '{{4,3},{2,3}}', '{1,2}', NULL, '', 9000, '{}',"
    " '{}')"
)


class Campaign:
    """One database with one campaign, and a kept connection as the web process has one."""

    def __init__(self, name, n_comparisons):
        from django.db import connection

        from tests.bench.queue_study import fill

        self.name, self.n_comparisons, self.has_veteran = name, n_comparisons, False
        self.use()
        fill(n_comparisons)
        parameters = connection.get_connection_params()
        names = ("host", "user", "dbname")
        self.kept = psycopg.connect(**{n: parameters[n] for n in names}, autocommit=True)

    def use(self):
        """Let Django's connection be to this database."""
        from django.db import connection

        connection.close()
        connection.settings_dict["NAME"] = self.name

    def judge_to(self, share):
        """Have others answer until this share is done, what was measured included."""
        from annotation.models import QueueEntry
        from tests.bench.queue_study import judge

        self.use()
        n_places = QueueEntry.objects.count() - round(self.n_comparisons * (1 - share))
        # A person cannot have judged more than there is.
        veteran = 0 if self.has_veteran else min(N_VETERAN, n_places)
        self.has_veteran = True
        for n_answers, person in ((veteran, VETERAN), (n_places - veteran, None)):
            if n_answers:
                judge(n_answers, person=person)

    def block(self, person, n_leases):
        """Return the seconds of some leases; every one is answered, so the queue moves on."""
        times = []
        for _ in range(n_leases):
            start = time.perf_counter()
            row = self.kept.execute(LEASE, [person], prepare=True).fetchone()
            times.append(time.perf_counter() - start)
            if row[0] is not None:
                raise RuntimeError(f"no lease: {row[0]}")
            self.kept.execute(SUBMIT, [row[1], person, uuid.uuid4()], prepare=True)
        return times


def in_turn(campaigns, person, n_blocks, per_block):
    """Return the median lease of each campaign in ms, measured block by block in turn."""
    times = {campaign.name: [] for campaign in campaigns}
    for block in range(n_blocks):
        for campaign in campaigns:
            measured = campaign.block(person, per_block)
            # The first block warms plans and buffers up.
            if block:
                times[campaign.name] += measured
    return {name: statistics.median(values) * 1000 for name, values in times.items()}


def measure(small, large):
    figures = {"ratio": 0.0, "by_share_done": {}}
    for person, share in enumerate((0.0, 0.5, 0.99), start=1):
        for campaign in (small, large):
            if share:
                campaign.judge_to(share)
        # At 99 % the small campaign has a hundred places left.
        n_blocks, per_block = (BLOCKS, PER_BLOCK) if share < 0.9 else (5, 9)
        found = {"newcomer_ms": in_turn((small, large), person, n_blocks, per_block)}
        if share:
            found["veteran_ms"] = in_turn((small, large), VETERAN, n_blocks, per_block)
        found["ratios"] = {who: ms[large.name] / ms[small.name] for who, ms in found.items()}
        figures["ratio"] = max(figures["ratio"], *found["ratios"].values())
        figures["by_share_done"][f"{share:.0%}"] = found
    return figures


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
        from django.db import connection

        from tests.bench.report import write_report

        call_command("migrate", verbosity=0)
        empty = connection.settings_dict["NAME"]
        connection.close()
        with psycopg.connect(servers.database_url.rsplit("/", 1)[0] + "/postgres") as server:
            server.autocommit = True
            for name in ("small", "large"):
                server.execute(f"CREATE DATABASE {name} TEMPLATE {empty}")
        figures = measure(Campaign("small", SMALL), Campaign("large", LARGE))
        sizes = {"small": SMALL, "large": LARGE, "n_veteran": N_VETERAN}
        path = write_report("lease_scale", figures, sizes=sizes, packages=("django", "psycopg"))
        print(path.read_text())  # noqa: T201  the command's answer


if __name__ == "__main__":
    main()
