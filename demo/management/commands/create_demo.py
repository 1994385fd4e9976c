import json
import sys
import time
from argparse import BooleanOptionalAction
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser

from annotation.errors import DomainError
from annotation.management.base import OneLineCommand
from annotation.models import Campaign, Comparison, Item, Judgment
from config.embedded.locks import locked
from demo.accounts import Account, demo_accounts
from demo.campaign import is_ready
from demo.making import Maker
from demo.plan import PART, Plan, Size
from demo.work import LOCK, request_completion

SECONDS_BETWEEN_LINES = 3.0


class Command(OneLineCommand):
    help = (
        "Create the demo: accounts, and a live campaign that simulated experts have judged in "
        "part. Without --data the pictures are drawn by EditJury; with it they are your own, "
        "and are judged by simulated experts only where the manifest says known_best, and not "
        "with --no-votes. Running it again changes nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        size = Size()
        parser.add_argument("--data", type=Path, help="a manifest, or a folder or ZIP with one")
        parser.add_argument(
            "--items", type=int, default=size.n_items, help="pictures of the built-in set"
        )
        parser.add_argument(
            "--judgments", type=int, default=size.n_judgments, help="simulated, built-in set"
        )
        parser.add_argument(
            "--seed", type=int, default=size.seed, help="another number draws another built-in set"
        )
        parser.add_argument(
            "--votes",
            action=BooleanOptionalAction,
            default=True,
            help="with or without judgments of simulated experts; one campaign for each",
        )
        parser.add_argument(
            "--by-worker",
            action="store_true",
            help="make only the first part now, and let the default worker make the rest",
        )
        parser.add_argument(
            "--part", type=int, default=PART, help="items made at a time with --by-worker"
        )
        parser.add_argument("--superuser", action="store_true", help="also an account `admin`")
        parser.add_argument("--json", action="store_true", help="the result as JSON on stdout")

    def handle(self, *_: Any, **options: Any) -> None:
        self._spoke_at = time.monotonic()
        self._out = sys.stderr if options["json"] else self.stdout
        plan = _plan(options)
        try:
            accounts = demo_accounts(
                settings.VAR_DIR / "demo-accounts.json", superuser=options["superuser"]
            )
            self._make(plan, accounts, by_worker=options["by_worker"])
        except (ValueError, DomainError) as refusal:
            raise CommandError(str(refusal), returncode=2) from refusal
        self._print(plan, accounts, as_json=options["json"])

    def _make(self, plan: Plan, accounts: dict[str, Account], *, by_worker: bool) -> None:
        if is_ready(plan.slug):
            return
        home = settings.VAR_DIR
        people = {name: account.user for name, account in accounts.items()}
        maker = Maker(plan, home)
        # A concurrent command or worker waits here, and then has nothing to do.
        with locked(home / LOCK):
            campaign = maker.begin(people=people, say=self._say, progress=self._progress)
            if not by_worker:
                self._say("Simulated experts judge a part ...")
                maker.complete(campaign, lead=people["lead"], report=self._report)
                return
            maker.judge_first(campaign)
        request_completion(plan, campaign=campaign, lead=people["lead"])

    def _report(self, done: int, total: int, message: str) -> None:
        self._progress(done, total, f": {message}")

    def _progress(self, done: int, total: int, message: str = "") -> None:
        if time.monotonic() - self._spoke_at >= SECONDS_BETWEEN_LINES:
            self._say(f"  {done} of {total}{message}")

    def _say(self, line: str) -> None:
        self._spoke_at = time.monotonic()
        self._out.write(f"{line}\n" if self._out is sys.stderr else line)
        self._out.flush()

    def _print(self, plan: Plan, accounts: dict[str, Account], *, as_json: bool) -> None:
        campaign = Campaign.objects.get(slug=plan.slug)
        counts = {
            "items": Item.objects.filter(campaign=campaign, withdrawn_at__isnull=True).count(),
            "comparisons": Comparison.objects.filter(
                campaign=campaign, withdrawn_at__isnull=True
            ).count(),
            "judgments": Judgment.objects.filter(campaign=campaign).count(),
        }
        if as_json:
            result = {"campaign": plan.slug, "state": campaign.state, "accounts": sorted(accounts)}
            self.stdout.write(json.dumps(result | counts))
            return
        self._say(
            f"Campaign {campaign.name!r} ({plan.slug}): {counts['items']} items, "
            f"{counts['comparisons']} comparisons, {counts['judgments']} judgments."
        )
        for line in _remarks(plan, campaign):
            self._say(line)
        self._say("Accounts:")
        for name, account in accounts.items():
            self._say(f"  {name}  password: {account.password or '(set before the demo)'}")
        self._say(f"  (kept in {settings.VAR_DIR / 'demo-accounts.json'})")


def _plan(options: dict[str, Any]) -> Plan:
    if min(options["items"], options["part"]) < 1 or min(options["judgments"], options["seed"]) < 0:
        raise CommandError(
            "--items and --part must be at least 1, --judgments and --seed at least 0.",
            returncode=2,
        )
    data: Path | None = options["data"]
    if data is not None and not data.exists():
        raise CommandError(f"{data} does not exist.", returncode=2)
    size = Size(options["items"], options["judgments"], options["seed"])
    part = options["part"] if options["by_worker"] else size.n_items
    return Plan(data, size, votes=options["votes"], part=part)


def _remarks(plan: Plan, campaign: Campaign) -> Iterator[str]:
    """Yield what a reader should know of the campaign and cannot see in its numbers."""
    if not is_ready(plan.slug):
        yield "A worker makes the rest; the campaign's page shows how far it is."
    if Maker(plan, settings.VAR_DIR).simulates(campaign):
        without = "VOTES=no" if plan.data is None else f"DATA='{plan.data}' VOTES=no"
        yield "Simulated experts judge in it, in accounts whose names begin with “sim-”."
        yield f"For a campaign without them: make demo {without}"
    elif plan.data is not None and plan.votes:
        yield "No judgment is simulated: that takes a folder whose manifest says known_best."
