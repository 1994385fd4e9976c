import json
from typing import Any

from django.core.management.base import CommandParser

from annotation.management.base import OneLineCommand, campaign_named
from annotation.quality.selectors.people_quality import people_quality
from annotation.quality.selectors.person_quality import PersonQuality
from annotation.quality.selectors.quality_report import quality_report


class Command(OneLineCommand):
    help = (
        "Print what is known of each annotator: golds, repeats, left share, agreement with others, "
        "speed, drift, with n and 95 % intervals, and what is conspicuous. A number that is "
        "undefined is null, with the reason under `why`."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("campaign", help="the campaign's slug")
        parser.add_argument("--json", action="store_true", help="machine-readable result")

    def handle(self, *_: Any, **options: Any) -> None:
        campaign = campaign_named(options["campaign"])
        if options["json"]:
            self.stdout.write(json.dumps(quality_report(campaign), indent=2))
            return
        for person in people_quality(campaign):
            self.stdout.write(_sentence(person))


def _sentence(person: PersonQuality) -> str:
    parts = [
        f"{name} {one.value:.2f} [{one.low:.2f}, {one.high:.2f}] (n = {one.n})"
        for name, one in (
            ("gold", person.gold.verdicts),
            ("repeats", person.repeats.all),
            ("left", person.left),
            ("same winner", person.agreement),
        )
        if one.value is not None and one.low is not None and one.high is not None
    ]
    flags = f"; flags: {', '.join(person.flags)}" if person.flags else ""
    return f"{person.username}: {person.n} judgments; {'; '.join(parts) or 'no numbers'}{flags}"
