"""CPU of the pages of quality at some 10,000 judgments: `python -m tests.bench.quality_pages`."""

import os
import statistics
import tempfile
import time
from pathlib import Path

from config.embedded import running

N_COMPARISONS, N_PEOPLE, RUNS = 3_000, 24, 5


def measure():
    """Return the CPU and wall seconds of each page, medians of RUNS, and the sizes."""
    from django.test import Client
    from django.urls import reverse

    from annotation.models import Judgment
    from tests.pilots import always_left, at_random, careful, make_pilot

    people = {f"person{n:02}": careful(0.75 + 0.005 * n) for n in range(N_PEOPLE - 2)}
    people |= {"bob.left": always_left(), "cy.random": at_random()}
    pilot = make_pilot(n_comparisons=N_COMPARISONS, n_golds=20, n_repeats=20, people=people)
    client = Client()
    client.force_login(pilot.lead)
    slug = pilot.campaign.slug
    comparison = Judgment.objects.first().comparison.public_id
    pages = {
        "quality": reverse("quality", args=[slug]),
        "person": reverse("annotator", args=[slug, pilot.pseudonym("bob.left")]),
        "judgments": reverse("judgments", args=[slug]),
        "comparison": reverse("comparison", args=[slug, comparison]),
        "timesheet": reverse("timesheet", args=[slug]),
        "agreement": reverse("agreement", args=[slug]),
        "api": reverse("api-quality", args=[slug]),
    }
    figures = {}
    for name, address in pages.items():
        client.get(address)
        cpu, wall = [], []
        for _ in range(RUNS):
            start = time.process_time(), time.perf_counter()
            response = client.get(address)
            cpu.append(time.process_time() - start[0])
            wall.append(time.perf_counter() - start[1])
        figures[f"{name}_cpu_s"] = statistics.median(cpu)
        figures[f"{name}_wall_s"] = statistics.median(wall)
        figures[f"{name}_bytes"] = len(response.content)
    return figures, {"judgments": Judgment.objects.count(), "people": N_PEOPLE, "runs": RUNS}


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
            "ALLOWED_HOSTS": "testserver",
        }
        import django

        django.setup()
        from django.core.management import call_command

        from tests.bench.report import write_report

        call_command("migrate", verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        figures, sizes = measure()
        path = write_report("quality_pages", figures, sizes=sizes, packages=("numpy",))
        print(path.read_text())  # noqa: T201  the command's answer


if __name__ == "__main__":
    main()
