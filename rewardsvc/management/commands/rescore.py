import json
from typing import Any

from django.core.management.base import CommandError, CommandParser

from annotation.management.base import OneLineCommand, campaign_named
from jobs.follow import follow
from jobs.models import Job
from jobs.runner import run_one
from rewardsvc.errors import RunRefused
from rewardsvc.selectors import champion_of
from rewardsvc.services.runs import start_rescoring


class Command(OneLineCommand):
    help = (
        "Score every candidate of a campaign with its newest finished run, champion or not, and "
        "write how far people and model disagree; what has a reward already costs nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("campaign", help="the campaign's slug")
        parser.add_argument("--here", action="store_true", help="run in this process")
        parser.add_argument("--json", action="store_true", help="machine-readable result")

    def handle(self, *_: Any, **options: Any) -> None:
        campaign = campaign_named(options["campaign"])
        try:
            job = start_rescoring(campaign=campaign.public_id, actor=None)
        except RunRefused as refusal:
            raise CommandError(str(refusal), returncode=2) from refusal
        if options["here"]:
            run_one(job.queue, job_id=job.pk)
        job = follow(job, self.stderr.write)
        if job.state != Job.State.DONE:
            raise CommandError(f"The rescoring {job.state}: {job.error}", returncode=1)
        champion = champion_of(campaign.public_id)
        result = job.result or {}
        result["model_is_champion"] = (
            champion is not None and str(champion.public_id) == result["model"]
        )
        if options["json"]:
            self.stdout.write(json.dumps(result))
            return
        self.stdout.write(_sentence(result))
        for row in result["failed"]:
            line = f"{row['candidate']}: image {row['image']} {row['reason']}"
            self.stdout.write(line)


def _sentence(result: dict[str, Any]) -> str:
    by = "the champion" if result["model_is_champion"] else "a model that is not the champion"
    n_failed = result["n_failed"]
    edits = "1 edit" if n_failed == 1 else f"{n_failed} edits"
    failed = f"; {edits} could not be scored" if n_failed else ""
    return f"{result['scored']} edits scored, {result['signals']} signals written, by {by}{failed}"
