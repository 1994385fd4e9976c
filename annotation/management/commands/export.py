import json
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import transaction

from annotation.errors import DomainError
from annotation.management.base import OneLineCommand, campaign_named
from annotation.models import Campaign, Snapshot
from annotation.snapshots.export_jobs import check_request, export_to_folder
from annotation.snapshots.exports import registry as formats
from annotation.snapshots.exports.options import FIELDS, Field, Options
from annotation.snapshots.selectors import snapshots_starting_with
from annotation.snapshots.services import freeze


class Command(OneLineCommand):
    help = "Write a campaign's data in one format, from a fresh snapshot or the one named."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("campaign", help="the campaign's slug")
        parser.add_argument("--format", required=True, help=", ".join(formats.NAMES))
        parser.add_argument("--out", type=Path, required=True, help="an empty or absent folder")
        parser.add_argument("--snapshot", help="the first digits of a snapshot's sha256")
        for field in FIELDS:
            parser.add_argument(f"--{field.name}", **_argument(field))
        parser.add_argument("--json", action="store_true", help="machine-readable result")

    def handle(self, *_: Any, **options: Any) -> None:
        campaign = campaign_named(options["campaign"])
        try:
            chosen = Options.of(options)
            check_request(options["format"], chosen)
            # If the folder cannot be written, the new snapshot is rolled back.
            with transaction.atomic():
                result = export_to_folder(
                    snapshot=_snapshot(campaign, options["snapshot"]),
                    format_name=options["format"],
                    out=options["out"],
                    options=chosen,
                )
        except (DomainError, OSError) as error:
            raise CommandError(str(error), returncode=2) from error
        if options["json"]:
            self.stdout.write(json.dumps(result))
            return
        lost = result.pop("unusable_images")
        self.stdout.write(", ".join(f"{name} {value}" for name, value in result.items()))
        if result.get("splits"):
            counts = ", ".join(f"{n} of {split}" for split, n in result["splits"].items())
            self.stdout.write(f"a reader must find so many rows: {counts}")
        for row in lost:
            self.stdout.write(_lost_image(row))


def _argument(field: Field) -> dict[str, Any]:
    how: dict[str, dict[str, Any]] = {
        "choice": {"choices": field.choices},
        "many": {"nargs": "+", "metavar": field.name.upper()},
        "flag": {"action": "store_true", "default": None},
        "share": {"type": float, "metavar": "SHARE"},
        "count": {"type": int, "metavar": "N"},
    }
    return {"help": f"{field.label}: {field.help}", **how[field.kind]}


def _lost_image(row: dict[str, Any]) -> str:
    candidates = f"; candidates {', '.join(row['candidates'])}" if row["candidates"] else ""
    return f"image {row['image']} {row['reason']}: items {', '.join(row['items'])}{candidates}"


def _snapshot(campaign: Campaign, prefix: str | None) -> Snapshot:
    if prefix is None:
        return freeze(campaign=campaign)
    found = snapshots_starting_with(campaign, prefix)
    if len(found) != 1:
        raise DomainError(
            f"{'no' if not found else 'more than one'} snapshot of {campaign.slug} "
            f"starts with {prefix!r}"
        )
    return found[0]
