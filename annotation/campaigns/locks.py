"""Settings that cannot be changed later: until when, the value now, and a sensible one."""

from dataclasses import dataclass

from annotation.campaigns.forms import LABELS
from annotation.campaigns.setting_rules import ARMS, DRAFT_ONLY, NAMES
from annotation.models import Campaign

#: A sensible value of each setting, for a lead who has no reason for another one.
SENSIBLE: dict[str, str] = {
    "random_arm_percent": "20, the least; 40 if 20 are held out.",
    "held_out_percent": "10; 20 with fewer than 300 sources, so that 30 or more are held out.",
    "k": "2; 3 or 4 if an item has many edits that are quick to judge.",
    "overlap": "3, for a majority.",
    "overlap_share": "100; less, to judge more comparisons with the same work.",
    "overlap_cap": "5, to ask more people where three disagree; 0, if work is short.",
    "stop_early": "Yes, if work is short: two equal answers of three decide.",
}
#: The term of the glossary that explains a setting.
TERMS = {
    "random_arm_percent": "random arm",
    "held_out_percent": "held out",
    "k": "comparison",
    "overlap": "overlap",
    "overlap_share": "overlap",
    "overlap_cap": "overlap",
    "stop_early": "settled",
}


@dataclass(frozen=True)
class LockingSetting:
    """A setting that the next step fixes."""

    label: str
    value: str
    sensible: str
    term: str


def fixed_by_import(campaign: Campaign) -> list[LockingSetting]:
    """Return the settings that the first imported item fixes."""
    return [_line(campaign, name) for name in ARMS]


def fixed_by_opening(campaign: Campaign) -> list[LockingSetting]:
    """Return the settings that are fixed once work is handed out."""
    return [_line(campaign, name) for name in DRAFT_ONLY if name not in ARMS]


def _line(campaign: Campaign, name: str) -> LockingSetting:
    value = getattr(campaign, name)
    shown = ("no", "yes")[value] if isinstance(value, bool) else str(value)
    return LockingSetting(LABELS.get(name, NAMES[name]), shown, SENSIBLE[name], TERMS[name])
