import json
import time
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from annotation.errors import DomainError
from annotation.management.base import OneLineCommand, campaign_named
from demo.bulk.simulation import simulate_in_bulk
from demo.experts import PERSONAS, load_personas
from demo.simulation import Simulated, simulate
from demo.truth import Truth, read_truth

SECONDS_BETWEEN_LINES = 2.0


class Command(OneLineCommand):
    help = (
        "Have simulated experts judge a campaign: through the same leases and submits as people, "
        'under account names that begin with "sim-". They see the true quality of each candidate '
        "through their own noise and habits. --truth names a drawn set (truth.json) or a folder "
        "whose manifest.json says known_best; the quality of any other candidate is drawn from "
        "the campaign's seed and its image, the same in every run. --personas is a JSON list of "
        "objects: name, noise (a table by dimension), leniency, stretch, emphasis, tie_within, "
        "first_bonus, dislikes (a table by fault), careless, cannot_judge, seconds."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("campaign", help="the campaign's slug; it must be open")
        parser.add_argument("--judgments", type=int, required=True, metavar="N", help="how many")
        parser.add_argument("--seed", type=int, default=0, help="decides who answers what")
        parser.add_argument("--personas", type=Path, metavar="FILE", help="a JSON list of personas")
        parser.add_argument("--truth", type=Path, metavar="FOLDER", help="where quality is known")
        parser.add_argument(
            "--bulk",
            action="store_true",
            help="write all at once, for measurements and pages at scale: people of --personas who "
            "have not answered here yet, in the past, golds and repeats by the campaign's shares; "
            "needs a superuser of PostgreSQL, and nobody else can judge meanwhile",
        )
        parser.add_argument("--json", action="store_true", help="the result as JSON on stdout")

    def handle(self, *_: Any, **options: Any) -> None:
        if options["judgments"] < 1:
            raise CommandError("--judgments must be at least 1.", returncode=2)
        if options["seed"] < 0:
            raise CommandError("--seed must not be negative.", returncode=2)
        campaign = campaign_named(options["campaign"])
        if not campaign.is_open:
            raise CommandError(
                f"The campaign {campaign.slug!r} is {campaign.state}: nobody is given work.",
                returncode=2,
            )
        self._spoke_at = time.monotonic()
        try:
            personas = load_personas(options["personas"]) if options["personas"] else PERSONAS
            wanted: dict[str, Any] = {
                "campaign": campaign,
                "personas": personas,
                "n_judgments": options["judgments"],
                "seed": options["seed"],
                "truth": _truth(options["truth"]),
            }
            if options["bulk"]:
                result = simulate_in_bulk(**wanted)
            else:
                progress = None if options["json"] else self._progress
                result = simulate(**wanted, progress=progress)
        except (ValueError, DomainError) as refusal:
            raise CommandError(str(refusal), returncode=2) from refusal
        self._print(campaign.slug, result, as_json=options["json"])

    def _progress(self, done: int) -> None:
        if time.monotonic() - self._spoke_at >= SECONDS_BETWEEN_LINES:
            self._spoke_at = time.monotonic()
            self.stdout.write(f"  {done} judgments")
            self.stdout.flush()

    def _print(self, slug: str, result: Simulated, *, as_json: bool) -> None:
        if as_json:
            payload = {
                "campaign": slug,
                "judgments": result.judgments,
                "surplus": result.surplus,
                "cannot_judge": result.cannot_judge,
                "by_persona": dict(sorted(result.by_persona.items())),
                "ended": result.reason,
                "seconds": round(result.seconds, 2),
                "judgments_per_second": round(result.per_second, 1),
            }
            self.stdout.write(json.dumps(payload))
            return
        self.stdout.write(f"{result.judgments} judgments in {result.seconds:.1f} s")
        for name, count in sorted(result.by_persona.items()):
            self.stdout.write(f"  {name}: {count}")
        if result.reason:
            self.stdout.write(f"No more work for any of them: {result.reason}.")


def _truth(folder: Path | None) -> Truth:
    if folder is None:
        return Truth()
    if not folder.is_dir():
        raise ValueError(f"{folder} is not a folder.")
    return read_truth(folder)
