import json
from typing import Any

from django.core.management.base import CommandError, CommandParser

from annotation.comparisons.planning.choose import STRATEGIES
from annotation.comparisons.plans import Plan, checked_tolerance, make_rule, plan_comparisons
from annotation.comparisons.services import build_comparisons
from annotation.errors import DomainError
from annotation.items.look_alikes import DEFAULT_TOLERANCE
from annotation.management.base import OneLineCommand, campaign_named


class Command(OneLineCommand):
    help = (
        "Build comparisons from a campaign's candidates and queue them. Of candidates that are "
        "the same picture, pixel by pixel, one is compared; --dry-run lists those that merely look "
        "alike. Building the same again adds nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("campaign", help="the campaign's slug")
        parser.add_argument("--k", type=int, help="candidates per comparison, 2 to 4")
        parser.add_argument(
            "--strategy",
            default="all",
            metavar="|".join(STRATEGIES),
            help="all: every one; random: N of each item; balanced: N of each item so that every "
            "pair of generators meets about equally often; anchor: only those with the anchor",
        )
        parser.add_argument("--per-item", type=int, metavar="N", help="comparisons per item")
        parser.add_argument("--anchor", default="", metavar="GENERATOR", help="for anchor")
        parser.add_argument(
            "--tolerance",
            type=int,
            default=DEFAULT_TOLERANCE,
            help="with --dry-run: list candidates whose colours differ nowhere by more (0 to 255)",
        )
        parser.add_argument("--dry-run", action="store_true", help="show what would be added")
        parser.add_argument("--json", action="store_true", help="machine-readable result")

    def handle(self, *_: Any, **options: Any) -> None:
        campaign = campaign_named(options["campaign"])
        k = campaign.k if options["k"] is None else options["k"]
        n_queued = None
        try:
            rule = make_rule(
                campaign,
                k=k,
                strategy=options["strategy"],
                per_item=options["per_item"],
                anchor=options["anchor"],
            )
            tolerance = checked_tolerance(options["tolerance"])
            if options["dry_run"]:
                plan = plan_comparisons(campaign, rule, tolerance=tolerance)
            else:
                built = build_comparisons(campaign=campaign, rule=rule, actor=None)
                plan, n_queued = built.plan, built.n_queued
        except DomainError as refusal:
            raise CommandError(str(refusal), returncode=2) from refusal
        if options["json"]:
            result = {"campaign": campaign.slug, "dry_run": n_queued is None, "queued": n_queued}
            self.stdout.write(json.dumps(result | plan.as_dict()))
        else:
            self.stdout.write("\n".join(_sentences(plan, built=n_queued is not None)))


def _sentences(plan: Plan, *, built: bool) -> list[str]:
    verb = "added" if built else "would be added"
    cost = "unknown time (nothing was judged yet)"
    if plan.expected_hours is not None:
        cost = f"about {plan.expected_hours:.1f} hours"
    first = f"{len(plan.chosen)} comparisons {verb} to {plan.n_there}, over {plan.n_items} items"
    lines = [f"{first}; {plan.judgments_wanted} judgments, {cost}"]
    if plan.left_out.total:
        lines.append(
            f"left out: {plan.left_out.total} candidates that are the same picture as another "
            f"({plan.left_out.same_file} the same file, {plan.left_out.same_pixels} another file)"
        )
    if plan.unready:
        lines.append(
            f"not ready yet: {plan.unready.items} items and {plan.unready.candidates} candidates "
            "whose views are still being made"
        )
    if plan.n_lonely:
        lines.append(f"{plan.n_lonely} items have too few candidates to compare")
    lines += _look_alikes(plan)
    if len(plan.groups) > 1:
        groups = "; ".join(", ".join(group) for group in plan.groups)
        lines.append(f"not connected, so not to be ranked together: {groups}")
    return lines


def _look_alikes(plan: Plan) -> list[str]:
    if not plan.n_look_alikes:
        return []
    lines = [f"{plan.n_look_alikes} pairs look alike; they are compared all the same:"]
    for pair in plan.look_alikes:
        one, other = (f"{row.generator} ({row.public_id})" for row in pair.candidates)
        where = f"item {pair.item.public_id}"
        lines.append(f"  {where}: {one} and {other} differ by {pair.difference} at most")
    return lines
