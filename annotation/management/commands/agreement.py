import json
from typing import Any

from django.core.management.base import CommandParser

from annotation.management.base import OneLineCommand, campaign_named
from annotation.quality.selectors.agreement import AgreementLine, agreement_report


class Command(OneLineCommand):
    help = (
        "Print a campaign's agreement: Krippendorff's alpha per dimension (ordinal) and on "
        "verdicts (nominal), each with a 95 % bootstrap interval over sources."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("campaign", help="the campaign's slug")
        parser.add_argument("--json", action="store_true", help="machine-readable result")

    def handle(self, *_: Any, **options: Any) -> None:
        report = agreement_report(campaign_named(options["campaign"]))
        if options["json"]:
            self.stdout.write(json.dumps(report.as_dict(), indent=2))
            return
        self.stdout.write(f"{report.n_judgments} judgments, {report.n_annotators} annotators")
        for line in report.lines:
            self.stdout.write(_sentence(line))


def _sentence(line: AgreementLine) -> str:
    if line.estimate is None or line.low is None or line.high is None:
        return f"{line.name}: undefined ({line.reason})"
    return (
        f"{line.name}: {line.estimate:.3f} [{line.low:.3f}, {line.high:.3f}] "
        f"({line.metric}, {line.n_units} units, {line.n_sources} sources)"
        + (
            ""
            if line.gwet is None or line.gwet_low is None or line.gwet_high is None
            else f"; {line.gwet:.3f} [{line.gwet_low:.3f}, {line.gwet_high:.3f}] "
            f"({line.gwet_metric})"
        )
    )
