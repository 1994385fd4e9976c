import json
import sys
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser

from annotation.errors import DomainError
from annotation.management.base import OneLineCommand
from annotation.models import Campaign, Comparison, Item, Judgment
from config.embedded.locks import locked
from demo.accounts import Account, demo_accounts
from demo.campaign import (
    BUILT_IN_SLUG,
    Size,
    drawn_set,
    is_ready,
    judge_a_part,
    mark_ready,
    open_campaign,
    slug_of,
)

SECONDS_BETWEEN_LINES = 3.0


class Command(OneLineCommand):
    help = (
        "Create the demo: accounts, and a live campaign that simulated experts have judged in "
        "part. Without --data the pictures are drawn by EditJury; with it they are your own, "
        "and are judged by simulated experts only where the manifest says known_best. Running "
        "it again changes nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        size = Size()
        parser.add_argument("--data", type=Path, help="a folder or ZIP with a manifest")
        parser.add_argument(
            "--items", type=int, default=size.n_items, help="pictures of the built-in set"
        )
        parser.add_argument(
            "--judgments", type=int, default=size.n_judgments, help="simulated, built-in set"
        )
        parser.add_argument(
            "--seed", type=int, default=size.seed, help="another number draws another built-in set"
        )
        parser.add_argument("--json", action="store_true", help="the result as JSON on stdout")

    def handle(self, *_: Any, **options: Any) -> None:
        self._spoke_at = time.monotonic()
        self._out = sys.stderr if options["json"] else self.stdout
        if options["items"] < 1 or options["judgments"] < 0 or options["seed"] < 0:
            raise CommandError(
                "--items must be at least 1, --judgments and --seed at least 0.", returncode=2
            )
        data: Path | None = options["data"]
        if data is not None and not data.exists():
            raise CommandError(f"{data} does not exist.", returncode=2)
        slug = slug_of(data) if data else BUILT_IN_SLUG
        try:
            accounts = demo_accounts(settings.VAR_DIR / "demo-accounts.json")
            # A concurrent command for the same folder waits here, and then has nothing to do.
            with locked(settings.VAR_DIR / "create_demo.lock"):
                if not is_ready(slug):
                    size = Size(options["items"], options["judgments"], options["seed"])
                    self._create(slug, data, accounts, size)
        except (ValueError, DomainError) as refusal:
            raise CommandError(str(refusal), returncode=2) from refusal
        self._print(slug, accounts, as_json=options["json"])

    def _create(
        self, slug: str, data: Path | None, accounts: dict[str, Account], size: Size
    ) -> None:
        built_in = data is None
        people = {name: account.user for name, account in accounts.items()}
        if data is None:
            self._say(f"Drawing {size.n_items} pictures and 4 edits of each ...")
            home = settings.VAR_DIR / "demo"
            data, name = drawn_set(home, size=size, progress=self._progress), "Demo"
            n_judgments: int | None = size.n_judgments
        else:
            name, n_judgments = data.resolve().stem[:100], None
        self._say("Importing them and making the views that annotators see ...")
        campaign = open_campaign(
            slug=slug,
            name=name,
            folder=data,
            people=people,
            progress=self._progress,
            strict=built_in,
            seed=size.seed,
        )
        self._say("Simulated experts judge a part ...")
        judge_a_part(
            campaign=campaign,
            folder=data,
            n_judgments=n_judgments,
            say=self._say,
            seed=size.seed,
        )
        mark_ready(campaign, people["lead"])

    def _progress(self, done: int, total: int) -> None:
        if time.monotonic() - self._spoke_at >= SECONDS_BETWEEN_LINES:
            self._say(f"  {done} of {total}")

    def _say(self, line: str) -> None:
        self._spoke_at = time.monotonic()
        self._out.write(f"{line}\n" if self._out is sys.stderr else line)
        self._out.flush()

    def _print(self, slug: str, accounts: dict[str, Account], *, as_json: bool) -> None:
        campaign = Campaign.objects.get(slug=slug)
        counts = {
            "items": Item.objects.filter(campaign=campaign, withdrawn_at__isnull=True).count(),
            "comparisons": Comparison.objects.filter(
                campaign=campaign, withdrawn_at__isnull=True
            ).count(),
            "judgments": Judgment.objects.filter(campaign=campaign).count(),
        }
        if as_json:
            result = {"campaign": slug, "state": campaign.state, "accounts": sorted(accounts)}
            self.stdout.write(json.dumps(result | counts))
            return
        self._say(
            f"Campaign {campaign.name!r} ({slug}): {counts['items']} items, "
            f"{counts['comparisons']} comparisons, {counts['judgments']} judgments."
        )
        self._say("Accounts:")
        for name, account in accounts.items():
            self._say(f"  {name}  password: {account.password or '(set before the demo)'}")
        self._say(f"  (kept in {settings.VAR_DIR / 'demo-accounts.json'})")
