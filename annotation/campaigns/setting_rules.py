"""Allowed values of a campaign's settings, and when they may change."""

from typing import Any

from annotation.answers.remark_parsing import MAX_REASON, MAX_REASONS
from annotation.errors import InvalidSetting
from annotation.items.imaging.watermarks import MOST_WATERMARKS, parse_watermark
from annotation.models import Campaign, Item

RANGES = {
    "k": (2, 4, "Candidates per comparison"),
    "overlap": (1, 20, "Judgments per comparison"),
    "overlap_share": (0, 100, "Share with the full overlap"),
    "overlap_cap": (0, 20, "Most judgments"),
    "lease_minutes": (1, 1440, "Lease minutes"),
    "random_arm_percent": (20, 100, "Random arm percent"),
    "held_out_percent": (0, 100, "Held-out percent"),
    "send_back_batch": (0, 1000, "Scheduled send-backs"),
    "daily_cap": (1, 100_000, "Answers a day"),
    "person_cap": (1, 10_000_000, "Answers of one person"),
    "repeat_percent": (0, 100, "Repeats, percent"),
    "repeat_after_minutes": (0, 525_600, "Minutes before a repeat"),
    "repeat_after_serves": (0, 100_000, "Comparisons before a repeat"),
    "second_reading_percent": (0, 100, "Second readings, percent"),
    "revise_minutes": (0, 1_440, "Minutes to change an answer"),
    "gate_answers": (0, 100, "Training answers before the work"),
    "gate_percent": (1, 100, "Training answers as expected"),
    "least_pane": (64, 8192, "Least size of an image"),
}
# None = no limit.
CAPS = ("daily_cap", "person_cap", "least_pane")
OVERLAP_RULES = ("overlap", "overlap_share", "overlap_cap", "stop_early")
ARMS = ("random_arm_percent", "held_out_percent")
# Judgments depend on these settings, so they are fixed when the first work is handed out.
DRAFT_ONLY = ("k", *OVERLAP_RULES, *ARMS)
FIXED_AFTER_DRAFT = (*DRAFT_ONLY, "one_size", "watermarks")
NAMES = {name: label for name, (_, _, label) in RANGES.items()} | {
    "stop_early": "Stop early",
    "one_size": "Serving at one size",
    "watermarks": "Hidden watermarks",
}
MAX_SLUG, MAX_NAME = 60, 120


def check_changeable(campaign: Campaign, changes: dict[str, Any]) -> None:
    """Raise InvalidSetting for a change that comes too late."""
    if campaign.state != Campaign.State.DRAFT:
        for name in FIXED_AFTER_DRAFT:
            if name in changes:
                raise InvalidSetting(name, f"{NAMES[name]} can be changed in a draft only.")
    late = [name for name in ARMS if name in changes]
    if late and Item.objects.filter(campaign=campaign).exists():
        raise InvalidSetting(
            late[0], "The arms were drawn when the first item was imported; they stay as they are."
        )


def check_values(campaign: Campaign) -> None:
    """Strip the name, and raise InvalidSetting for a value that cannot be stored."""
    campaign.name = campaign.name.strip()
    if not campaign.name:
        raise InvalidSetting("name", "The campaign needs a name.")
    if len(campaign.name) > MAX_NAME:
        raise InvalidSetting("name", f"The name has at most {MAX_NAME} characters.")
    for name, (low, high, label) in RANGES.items():
        value = getattr(campaign, name)
        if value is None and name in CAPS:
            continue
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise InvalidSetting(name, f"{label}: {value} is not between {low} and {high}.")
    if campaign.held_out_percent > campaign.random_arm_percent:
        raise InvalidSetting(
            "held_out_percent",
            "Held-out sources lie inside the random arm: at most its percent.",
        )
    if campaign.overlap_cap and campaign.overlap_cap < campaign.overlap:
        raise InvalidSetting(
            "overlap_cap",
            f"Most judgments: 0, or {campaign.overlap} and more, the judgments per comparison.",
        )
    _check_screen(campaign)
    _check_watermarks(campaign)


def _check_watermarks(campaign: Campaign) -> None:
    """Store each watermark in its one spelling."""
    if len(campaign.watermarks) > MOST_WATERMARKS:
        raise InvalidSetting("watermarks", f"At most {MOST_WATERMARKS} watermarks can be hidden.")
    try:
        campaign.watermarks = [str(parse_watermark(line)) for line in campaign.watermarks]
    except ValueError as refusal:
        raise InvalidSetting("watermarks", str(refusal)) from None


def _check_screen(campaign: Campaign) -> None:
    if campaign.purpose not in Campaign.Purpose.values:
        raise InvalidSetting("purpose", f"There is no purpose “{campaign.purpose}”.")
    if campaign.least_gamut and campaign.least_gamut not in Campaign.Gamut.values:
        raise InvalidSetting("least_gamut", f"There is no gamut “{campaign.least_gamut}”.")
    chips = campaign.reason_chips
    if len(chips) > MAX_REASONS:
        raise InvalidSetting("reason_chips", f"At most {MAX_REASONS} reasons can be offered.")
    for chip in chips:
        if not chip.strip() or len(chip) > MAX_REASON:
            raise InvalidSetting(
                "reason_chips", f"A reason has 1 to {MAX_REASON} characters: “{chip[:80]}”."
            )
    if len(set(chips)) < len(chips):
        raise InvalidSetting("reason_chips", "Each reason is offered once.")
