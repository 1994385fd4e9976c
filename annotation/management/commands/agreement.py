import json
from typing import Any

from django.core.management.base import CommandError, CommandParser

from annotation.management.base import OneLineCommand, campaign_named
from annotation.models import Campaign, Rubric
from annotation.quality.selectors.agreement import AgreementLine, agreement_report
from annotation.rubrics.selectors import described_rubrics


class Command(OneLineCommand):
    help = (
        "Print a campaign's agreement: Krippendorff's alpha per dimension (ordinal) and on "
        "verdicts (nominal), each with a 95 % bootstrap interval over sources."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("campaign", help="the campaign's slug")
        parser.add_argument(
            "--rubric", type=int, metavar="N", help="only answers under that rubric version"
        )
        parser.add_argument("--json", action="store_true", help="machine-readable result")

    def handle(self, *_: Any, **options: Any) -> None:
        campaign = campaign_named(options["campaign"])
        report = agreement_report(campaign, rubric=_version(campaign, options["rubric"]))
        if options["json"]:
            self.stdout.write(json.dumps(report.as_dict(), indent=2))
            return
        self.stdout.write(f"{report.n_judgments} judgments, {report.n_annotators} annotators")
        for line in report.lines:
            self.stdout.write(_sentence(line))


def _version(campaign: Campaign, number: int | None) -> Rubric | None:
    if number is None:
        return None
    versions = described_rubrics(campaign)
    for rubric in versions:
        if rubric.version == number:
            return rubric
    known = ", ".join(str(rubric.version) for rubric in versions) or "none"
    raise CommandError(
        f"Nobody answered under rubric version {number}; there are: {known}.", returncode=2
    )


def _sentence(line: AgreementLine) -> str:
    if line.estimate is None:
        return f"{line.name}: undefined ({line.reason})"
    alpha = _estimate(line.estimate, line.low, line.high, line.n_sources)
    counted = f"{line.n_units} units, {line.n_sources} sources"
    text = f"{line.name}: {alpha} ({line.metric}, {counted})"
    if line.gwet is None:
        return text
    gwet = _estimate(line.gwet, line.gwet_low, line.gwet_high, line.n_sources)
    return f"{text}; {gwet} ({line.gwet_metric})"


def _estimate(value: float, low: float | None, high: float | None, n_sources: int) -> str:
    if low is None or high is None:
        return f"{value:.3f}, no interval: {'one source' if n_sources == 1 else 'all alike'}"
    return f"{value:.3f} [{low:.3f}, {high:.3f}]"
