"""What planning a rescoring of a million candidates takes: `python -m tests.bench.rescoring_plan`.

Nothing is scored: the parts are planned and walked through page by page, as workers would.
"""

import os
import resource
import tempfile
import time
from pathlib import Path

import redis

from config.embedded import running

COMPARISONS, MODELS = 1_500_000, 4


def rss_mb():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(redis_url):
    from annotation.models import Campaign, Candidate
    from annotation.selectors.candidates import pages
    from config.redis_reach import client_address
    from jobs.models import Job
    from jobs.runner import Context
    from jobs.services import claim, enqueue
    from rewardsvc.models import RewardModel, TrainingRun
    from rewardsvc.services.runs import PART, RESCORE
    from rewardsvc.workers.parts import Parts

    campaign = Campaign.objects.get()
    run = TrainingRun.objects.create(
        campaign=campaign.public_id, backbone="compact", config={}, target="verdict", n_folds=3
    )
    models = [
        RewardModel.objects.create(
            campaign=campaign.public_id, run=run, fold=fold, dimensions=["x"], path=f"m/{fold}"
        )
        for fold in (None, *range(MODELS - 1))
    ]
    enqueue(RESCORE, payload={}, subject=campaign.public_id)
    job = claim("gpu", "bench")
    before = rss_mb()
    started = time.perf_counter()
    Parts(job).plan(campaign.public_id, models, Context(job))
    planned = time.perf_counter() - started
    told = redis.Redis.from_url(client_address(redis_url))
    messages = told.llen("gpu")
    started = time.perf_counter()
    walked = 0
    for part in Job.objects.filter(kind=PART, payload__model=models[0].pk).iterator():
        told_range = part.payload
        for page in pages(
            campaign.public_id, page_size=64, after=told_range["after"], until=told_range["until"]
        ):
            walked += len(page)
    return {
        "candidates": Candidate.objects.count(),
        "walked": walked,
        "parts": Job.objects.filter(kind=PART).count(),
        "messages": messages,
        "plan_s": planned,
        "walk_s": time.perf_counter() - started,
        "rss_growth_mb": rss_mb() - before,
    }


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
        from django.conf import settings
        from django.core.management import call_command

        from tests.bench.queue_study import fill
        from tests.bench.report import write_report

        call_command("migrate", verbosity=0)
        fill(COMPARISONS)
        figures = measure(settings.CELERY_BROKER_URL)
        path = write_report(
            "rescoring_plan", figures, sizes={"models": MODELS}, packages=("django", "psycopg")
        )
        print(path.read_text())  # noqa: T201  the command's answer


if __name__ == "__main__":
    main()
