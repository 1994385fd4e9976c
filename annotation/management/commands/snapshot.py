import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotation.errors import DomainError
from annotation.management.campaigns import campaign_named
from annotation.services.snapshots import freeze, write_folder


class Command(BaseCommand):
    help = (
        "Freeze a campaign's items, candidates, judgments and labels as a content-addressed "
        "snapshot; with --out also write it, with its images, as a folder."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("campaign", help="the campaign's slug")
        parser.add_argument("--out", type=Path, help="a folder that is empty or absent")
        parser.add_argument("--json", action="store_true", help="machine-readable result")

    def handle(self, *_: Any, **options: Any) -> None:
        campaign = campaign_named(options["campaign"])
        snapshot = freeze(campaign=campaign)
        if options["out"]:
            try:
                write_folder(snapshot, options["out"])
            except (DomainError, OSError) as error:
                raise CommandError(str(error), returncode=2) from error
        told = {
            "campaign": campaign.slug,
            "snapshot": snapshot.content_sha256,
            "counts": snapshot.counts,
            "out": str(options["out"]) if options["out"] else None,
        }
        if options["json"]:
            self.stdout.write(json.dumps(told))
        else:
            counts = ", ".join(f"{n} {name}" for name, n in snapshot.counts.items())
            self.stdout.write(f"snapshot {snapshot.content_sha256}: {counts}")
