import json
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import transaction

from annotation.errors import DomainError
from annotation.management.base import OneLineCommand, campaign_named
from annotation.snapshots.services import freeze, write_folder


class Command(OneLineCommand):
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
        try:
            # If the folder cannot be written, the new snapshot is rolled back.
            with transaction.atomic():
                snapshot = freeze(campaign=campaign)
                if options["out"]:
                    write_folder(snapshot, options["out"])
        except (DomainError, OSError) as error:
            raise CommandError(str(error), returncode=2) from error
        result = {
            "campaign": campaign.slug,
            "snapshot": snapshot.content_sha256,
            "counts": snapshot.counts,
            "out": str(options["out"]) if options["out"] else None,
        }
        if options["json"]:
            self.stdout.write(json.dumps(result))
        else:
            counts = ", ".join(f"{n} {name}" for name, n in snapshot.counts.items())
            self.stdout.write(f"snapshot {snapshot.content_sha256}: {counts}")
