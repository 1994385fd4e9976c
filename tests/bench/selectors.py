"""Cost of a million judgments as arrays: `python -m tests.bench.selectors`."""

import os
import resource
import tempfile
import time
from pathlib import Path

from config.embedded import running

N_JUDGMENTS = 1_000_000
RUNS = 3


def measure():
    """Return the figures and sizes of one filled database."""
    from annotation.models import Campaign
    from annotation.quality.selectors.agreement import agreement_report
    from annotation.quality.selectors.outcomes import answers
    from annotation.quality.selectors.pair_votes import pair_votes
    from annotation.quality.selectors.rankings import generator_ranking
    from tests.bench.large_study import fill
    from tests.bench.report import median_seconds

    sizes = fill(N_JUDGMENTS)
    campaign = Campaign.objects.get()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    figures = {"answers_s": median_seconds(lambda: answers(campaign), runs=RUNS)}
    figures["answers_rss_mb"] = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    figures["pair_votes_s"] = median_seconds(lambda: pair_votes(campaign), runs=RUNS)
    start = time.perf_counter()
    found = agreement_report(campaign)
    figures["agreement_report_s"] = time.perf_counter() - start
    figures["ranking_s"] = median_seconds(lambda: generator_ranking(campaign), runs=1)
    return figures, sizes | {"n_answers": found.n_judgments, "runs": RUNS}


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
        path = write_report("selectors", figures, sizes=sizes, packages=("numpy", "psycopg"))
        print(path.read_text())  # noqa: T201  the command's answer


if __name__ == "__main__":
    main()
