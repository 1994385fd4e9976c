import argparse
import json
from typing import Any

from django.core.management.base import CommandError, CommandParser

from annotation.errors import DomainError
from annotation.feedback import selectors as selector
from annotation.feedback.selectors import public_ids
from annotation.feedback.services import MOST, send_back_top
from annotation.management.base import OneLineCommand, campaign_named
from annotation.models import Campaign


class Command(OneLineCommand):
    help = (
        "Rank a campaign's judged comparisons by disagreement: surprise (model against people, by "
        "a model that never saw the source), human (entropy of the votes) or uncertainty (of the "
        "model). With --send-back, the first N that may go back go to people who have not judged "
        "them; N counts those, held-out sources and open comparisons being passed over."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("campaign", help="the campaign's slug")
        parser.add_argument(
            "--top", type=_count, default=20, metavar="N", help=f"1 to {MOST}, 20 unless given"
        )
        parser.add_argument(
            "--by", choices=selector.SORTS, help="surprise, or human without a model"
        )
        parser.add_argument("--send-back", action="store_true", help="ask other people again")
        parser.add_argument("--json", action="store_true", help="machine-readable result")

    def handle(self, *_: Any, **options: Any) -> None:
        campaign, top = campaign_named(options["campaign"]), options["top"]
        model = selector.current_model(campaign)
        order = options["by"] or ("human" if model is None else "surprise")
        result: dict[str, Any] = {
            "campaign": campaign.slug,
            "model": model,
            "model_is_champion": None if model is None else selector.is_champion(campaign, model),
            "by": order,
            "comparisons": _rows(selector.ranking(campaign, by=order)[:top]),
            "send_back": _send_back(campaign, top, order) if options["send_back"] else None,
        }
        if options["json"]:
            self.stdout.write(json.dumps(result))
        else:
            self._print(result)

    def _print(self, result: dict[str, Any]) -> None:
        if result["model_is_champion"] is False:
            self.stdout.write("surprise and uncertainty: by a model that is not the champion")
        for row in result["comparisons"]:
            numbers = ", ".join(f"{name} {_shown(row[name])}" for name in selector.SORTS)
            self.stdout.write(f"{row['comparison']}: {numbers}, n = {row['n_votes']}")
        if result["send_back"] is not None:
            parts = ("sent", "adjudicated", "held")
            sent, judged, held = (len(result["send_back"][name]) for name in parts)
            self.stdout.write(
                f"{sent} sent back, {judged} to the adjudicators, {held} held for the lead"
            )


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= MOST:
        raise argparse.ArgumentTypeError(f"N is 1 to {MOST}, not {text}")
    return int(text)


def _rows(ranked: list[selector.Disagreement]) -> list[dict[str, Any]]:
    names = public_ids([row.comparison_id for row in ranked])
    return [
        {
            "comparison": names[row.comparison_id],
            "surprise": row.surprise,
            "human": row.human,
            "uncertainty": row.uncertainty,
            "n_votes": row.n_votes,
        }
        for row in ranked
    ]


def _send_back(campaign: Campaign, top: int, order: str) -> dict[str, Any]:
    try:
        result = send_back_top(campaign=campaign, n=top, actor=None, by=order)
    except DomainError as refusal:
        raise CommandError(str(refusal), returncode=2) from refusal
    names = public_ids([*result.sent, *result.adjudicated, *result.held, *result.left_out])
    return {
        "sent": [names[pk] for pk in result.sent],
        "adjudicated": [names[pk] for pk in result.adjudicated],
        "held": [names[pk] for pk in result.held],
        "left_out": {names[pk]: reason for pk, reason in result.left_out.items()},
    }


def _shown(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.3f}"
