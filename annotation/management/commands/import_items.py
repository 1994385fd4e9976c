import json
import time
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import transaction

from annotation.campaigns.services import create_campaign
from annotation.errors import DomainError, ImportRefused
from annotation.items.imports.reading import FORMATS
from annotation.items.imports.report import Outcome, grouped
from annotation.items.services.imports import check_readable, import_folder
from annotation.management.base import (
    OneLineCommand,
    account_named,
    campaign_exists,
    campaign_named,
)
from annotation.models import ImportBatch
from annotation.people.services import give_role
from config.commands import manage_py

SECONDS_BETWEEN_LINES = 2.0


class Command(OneLineCommand):
    help = (
        "Import sources, instructions and edits into a campaign. PATH is a folder with "
        "manifest.json, manifest.jsonl or manifest.csv, such a manifest, or a ZIP of the same. "
        "Each item is taken whole or not at all; running it again changes nothing. "
        "Exit code 0 with refused rows in the report; 2 when the manifest is unreadable, when "
        "every row is refused, or with any refused row under --strict, and then nothing changed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("campaign", help="the campaign's slug")
        parser.add_argument("path", type=Path, help="a folder, a manifest or a ZIP")
        parser.add_argument("--format", choices=FORMATS, help="found out when left out")
        parser.add_argument(
            "--create", action="store_true", help="create the campaign, as a draft, when missing"
        )
        parser.add_argument(
            "--lead", metavar="USER", help="an account that leads the campaign from now on"
        )
        parser.add_argument(
            "--strict", action="store_true", help="change nothing if any row is refused"
        )
        parser.add_argument(
            "--root",
            metavar="DIR",
            type=Path,
            action="append",
            default=[],
            help="a folder in which absolute and ../ paths are read; may be repeated",
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
            result = {"campaign": options["campaign"], "import": str(batch.public_id)}
            self.stdout.write(json.dumps(result | batch.report))
        else:
            self._print(batch.report)

    def _import(self, options: dict[str, Any]) -> ImportBatch:
        path, strict, slug = options["path"], options["strict"], options["campaign"]
        lead = None if options["lead"] is None else account_named(options["lead"])
        check_readable(path, format=options["format"], roots=options["root"])
        is_new = options["create"] and not campaign_exists(slug)
        # If the import is refused, the new campaign is rolled back.
        with transaction.atomic() if strict or is_new else nullcontext():
            campaign = (
                create_campaign(name=slug, slug=slug, actor=lead)
                if is_new
                else campaign_named(slug)
            )
            batch = import_folder(
                campaign=campaign,
                path=path,
                format=options["format"],
                strict=strict,
                roots=options["root"],
                filename=path.resolve().name,
                progress=None if options["json"] else self._progress,
            )
            if lead is not None:
                give_role(campaign=campaign, user=lead, role="lead", actor=None)
        if is_new and lead is None:
            self.stderr.write(
                f"Only a superuser sees the new campaign {slug!r}: it has no lead. Give somebody "
                f"the role with: {manage_py()} grant {slug} USER lead"
            )
        return batch

    def _progress(self, _done: int, _total: int, message: str) -> None:
        if time.monotonic() - self._spoke_at >= SECONDS_BETWEEN_LINES:
            self._spoke_at = time.monotonic()
            self.stdout.write(message)
            self.stdout.flush()

    def _print(self, report: dict[str, Any]) -> None:
        problems = [
            row for row in report["rows"] if row["outcome"] in {Outcome.REFUSED, Outcome.NOTE}
        ]
        for group in grouped(problems):
            times = f" {group.n} times" if group.n > 1 else ""
            self.stdout.write(f"{group.outcome}{times}: {group}")
        for hint in report["hints"]:
            self.stdout.write(f"note: {hint}")
        for warning in report["warnings"]:
            self.stdout.write(f"warning: {warning}")
        for kind, counts in report["counts"].items():
            self.stdout.write(
                f"{kind}: {counts['taken']} taken, {counts['already_there']} already there, "
                f"{counts['refused']} refused"
            )
