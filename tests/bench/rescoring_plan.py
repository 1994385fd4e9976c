"""What planning a rescoring of a million candidates takes: `python -m tests.bench.rescoring_plan`.

Nothing is scored: the parts are planned and walked through as workers would, those of the final
model and those of a fold's; then rewards written by SQL are read as for signals.
"""

import os
import resource
import tempfile
import time
from pathlib import Path

import redis

from config.embedded import running

COMPARISONS, MODELS = 1_500_000, 4


AT_ONCE = 500

REWARDS = """
INSERT INTO rewardsvc_reward (model_id, source_sha256, edit_sha256, instruction_sha256,
                              presentation_sha256, mu, log_sigma, reward, log_sigma_fused)
SELECT %(final)s, s.sha256, e.sha256, i.instruction_sha256, %(presentation)s, '{0,0}', '{0,0}', 0, 0
  FROM annotation_candidate c
  JOIN annotation_item i ON i.id = c.item_id
  JOIN annotation_storedimage s ON s.id = i.source_id
  JOIN annotation_storedimage e ON e.id = c.image_id
"""


def rss_mb():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(redis_url):
    from django.db import connection

    from annotation.items.selectors.candidates import pages
    from annotation.models import Campaign, Candidate, Item
    from config.redis_reach import client_address
    from jobs.models import Job
    from jobs.runner import Context
    from jobs.services import claim, enqueue
    from rewardsvc.models import RewardModel, TrainingRun
    from rewardsvc.selectors import out_of_fold_rewards, scorable_sources
    from rewardsvc.services.runs import PART, RESCORE
    from rewardsvc.workers.parts import Parts

    campaign = Campaign.objects.get()
    run = TrainingRun.objects.create(
        campaign=campaign.public_id, backbone="compact", config={}, target="verdict", n_folds=3
    )
    sources = list(Item.objects.order_by("pk").values_list("source__sha256", flat=True))
    models = [
        RewardModel.objects.create(
            campaign=campaign.public_id,
            run=run,
            fold=fold,
            fold_sources=[] if fold is None else sources[fold :: MODELS - 1],
            dimensions=["x"],
            path=f"m/{fold}",
        )
        for fold in (None, *range(MODELS - 1))
    ]
    enqueue(RESCORE, payload={}, subject=campaign.public_id)
    job = claim("gpu", "bench")
    before = rss_mb()
    started = time.perf_counter()
    Parts(job).plan(campaign.public_id, models, Context(job))
    planned = time.perf_counter() - started
    result = redis.Redis.from_url(client_address(redis_url))
    messages = result.llen("gpu")
    figures = {
        "candidates": Candidate.objects.count(),
        "parts": Job.objects.filter(kind=PART).count(),
        "messages": messages,
        "plan_s": planned,
    }

    def walk(model):
        started, seen, own = time.perf_counter(), 0, scorable_sources(model.pk)
        payloads = Job.objects.filter(kind=PART, payload__model=model.pk)
        for told_range in payloads.values_list("payload", flat=True):
            found = pages(campaign.public_id, after=told_range["after"], until=told_range["until"])
            for page in found:
                seen += sum(own is None or row.source_sha256 in own for row in page)
        return seen, time.perf_counter() - started

    figures["walked"], figures["walk_s"] = walk(models[0])
    figures["fold_walked"], figures["fold_walk_s"] = walk(models[1])
    with connection.cursor() as cursor:
        presentation = models[0].run.presentation.sha256
        cursor.execute(REWARDS, {"final": models[0].pk, "presentation": presentation})
        cursor.execute("ANALYZE rewardsvc_reward")
    started, read = time.perf_counter(), 0
    for first in range(0, len(sources), AT_ONCE):
        read += len(out_of_fold_rewards(run, sources[first : first + AT_ONCE]))
    figures["rewards_read"], figures["rewards_s"] = read, time.perf_counter() - started
    return figures | {"rss_growth_mb": rss_mb() - before}


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
