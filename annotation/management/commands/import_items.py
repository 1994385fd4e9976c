import json
import time
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import transaction

from annotation.errors import DomainError, ImportRefused
from annotation.imports.reading import FORMATS
from annotation.imports.report import Line, Outcome
from annotation.management.base import OneLineCommand, campaign_named
from annotation.models import Campaign, ImportBatch
from annotation.services.campaigns import create_campaign
from annotation.services.imports import check_readable, import_folder

SECONDS_BETWEEN_LINES = 2.0


class Command(OneLineCommand):
    help = (
        "Import sources, instructions and edits into a campaign. PATH is a folder with "
        "manifest.json, manifest.jsonl or manifest.csv, such a manifest, or a ZIP of the same. "
        "Each item is taken whole or not at all; running it again changes nothing. "
        "Exit code 0 with refused rows in the report; 2 when the manifest is unreadable, or with "
        "any refused row under --strict, and then nothing changed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("campaign", help="the campaign's slug")
        parser.add_argument("path", type=Path, help="a folder, a manifest or a ZIP")
        parser.add_argument("--format", choices=FORMATS, help="found out when left out")
        parser.add_argument(
            "--create", action="store_true", help="create the campaign, as a draft, when missing"
        )
        parser.add_argument(
            "--strict", action="store_true", help="change nothing if any row is refused"
        )
        parser.add_argument("--json", action="store_true", help="the report as JSON on stdout")

    def handle(self, *_: Any, **options: Any) -> None:
        self._spoke_at = time.monotonic()
        try:
            batch = self._import(options)
        except ImportRefused as refusal:
            if options["json"] and refusal.report is not None:
                self.stdout.write(json.dumps({"error": str(refusal)} | refusal.report))
            raise CommandError(str(refusal), returncode=2) from refusal
        except DomainError as refusal:
            raise CommandError(str(refusal), returncode=2) from refusal
        if options["json"]:
            told = {"campaign": options["campaign"], "import": str(batch.public_id)}
            self.stdout.write(json.dumps(told | batch.report))
        else:
            self._tell(batch.report)

    def _import(self, options: dict[str, Any]) -> ImportBatch:
        path, strict = options["path"], options["strict"]
        check_readable(path, format=options["format"])
        # A campaign created for an import that is refused must not stay behind.
        with transaction.atomic() if strict else nullcontext():
            return import_folder(
                campaign=_campaign(options["campaign"], create=options["create"]),
                path=path,
                format=options["format"],
                strict=strict,
                filename=path.resolve().name,
                progress=None if options["json"] else self._progress,
            )

    def _progress(self, _done: int, _total: int, message: str) -> None:
        if time.monotonic() - self._spoke_at >= SECONDS_BETWEEN_LINES:
            self._spoke_at = time.monotonic()
            self.stdout.write(message)
            self.stdout.flush()

    def _tell(self, report: dict[str, Any]) -> None:
        for row in report["rows"]:
            if row["outcome"] in {Outcome.REFUSED, Outcome.NOTE}:
                line = Line(row["file"], row["row"], Outcome(row["outcome"]), row["reason"])
                self.stdout.write(f"{line.outcome}: {line}")
        for kind, counts in report["counts"].items():
            self.stdout.write(
                f"{kind}: {counts['taken']} taken, {counts['already_there']} already there, "
                f"{counts['refused']} refused"
            )


def _campaign(slug: str, *, create: bool) -> Campaign:
    if create and not Campaign.objects.filter(slug=slug).exists():
        return create_campaign(name=slug, slug=slug, actor=None)
    return campaign_named(slug)
