"""Settings that cannot be changed later: until when, the value now, and a sensible one."""

from dataclasses import dataclass

from annotation.campaigns.forms import LABELS
from annotation.campaigns.setting_rules import ARMS, DRAFT_ONLY, NAMES
from annotation.models import Campaign

#: A sensible value of each setting, for a lead who has no reason for another one.
SENSIBLE: dict[str, str] = {
    "random_arm_percent": "20, the least; 40 with fewer than 200 sources.",
    "held_out_percent": "10; 30 with fewer than 200 sources, so that enough are held out.",
    "k": "2; 3 or 4 are faster per pair and harder to judge.",
    "overlap": "3, so that there can be a majority.",
    "overlap_share": "100; less saves time, and the rest is judged once.",
    "overlap_cap": "0; 5 asks up to two more people where there is no majority.",
    "stop_early": "no; yes saves judgments once a majority is certain.",
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
