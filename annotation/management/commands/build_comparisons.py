import json
from typing import Any

from django.core.management.base import CommandError, CommandParser

from annotation.comparisons.planning.choose import STRATEGIES
from annotation.comparisons.plans import Plan, make_rule, plan_comparisons
from annotation.comparisons.services import build_comparisons
from annotation.errors import DomainError
from annotation.items.selectors.look_alikes import LookAlikes, look_alikes_of
from annotation.items.services.look_alikes import find_look_alikes
from annotation.management.base import OneLineCommand, campaign_named

# Most pairs of look-alikes that are listed; their number stays exact.
MOST_LISTED = 1_000


class Command(OneLineCommand):
    help = (
        "Build comparisons from a campaign's candidates and queue them. Of candidates that are "
        "the same picture, pixel by pixel, one is compared. The command searches for pairs that "
        "merely look alike, and --dry-run lists them; a setting of the campaign leaves them out. "
        "Items whose views a worker has not made are not searched and not compared yet. Building "
        "the same again adds nothing."
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
            find_look_alikes(campaign, seconds=None)
            if options["dry_run"]:
                plan = plan_comparisons(campaign, rule)
            else:
                built = build_comparisons(campaign=campaign, rule=rule, actor=None)
                plan, n_queued = built.plan, built.n_queued
        except DomainError as refusal:
            raise CommandError(str(refusal), returncode=2) from refusal
        alike = look_alikes_of(campaign, most=MOST_LISTED)
        if options["json"]:
            result = {"campaign": campaign.slug, "dry_run": n_queued is None, "queued": n_queued}
            self.stdout.write(
                json.dumps(result | plan.as_dict() | {"look_alikes": alike.as_dict()})
            )
        else:
            lines = _sentences(plan, built=n_queued is not None)
            lines += _look_alikes(alike, is_dry=n_queued is None)
            self.stdout.write("\n".join(lines))


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
    if plan.n_apart:
        lines.append(f"left out: comparisons of {plan.n_apart} pairs that look alike")
    if plan.unready:
        lines.append(
            f"not ready yet: {plan.unready.items} items and {plan.unready.candidates} candidates "
            "whose views are still being made"
        )
    if plan.n_lonely:
        lines.append(f"{plan.n_lonely} items have too few candidates to compare")
    if len(plan.groups) > 1:
        groups = "; ".join(", ".join(group) for group in plan.groups)
        lines.append(f"not connected, so not to be ranked together: {groups}")
    return lines


def _look_alikes(found: LookAlikes, *, is_dry: bool) -> list[str]:
    """Return the pairs of a dry run, else their number, and how many items were not searched."""
    waiting = (
        f"not searched for look-alikes: {found.n_waiting} items whose views a worker has still to "
        "make; run this again when they are there"
    )
    searched = [waiting] if found.n_waiting else []
    if not found.n_pairs:
        return [*searched, "no two candidates of an item look alike"]
    lines = [f"{found.n_pairs} pairs look alike; {found.n_left_out} of them are left out"]
    if not is_dry:
        return [*searched, f"{lines[0]}; --dry-run lists them"]
    lines = [*searched, f"{lines[0]}:"]
    for pair in found.pairs:
        one, other = (f"{row.generator} ({row.public_id})" for row in pair.candidates)
        what = "left out" if pair.is_left_out else "compared"
        lines.append(f"  item {pair.row.item.public_id}: {one} and {other}, {what}. {pair.reason}")
    return lines
