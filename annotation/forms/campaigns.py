"""Forms that make a campaign and change its settings. The rules themselves are the services'."""

from collections.abc import Mapping
from typing import Any

from django import forms

from annotation.errors import InvalidSetting
from annotation.models import Campaign
from annotation.services.campaigns import DRAFT_ONLY, MAX_NAME, MAX_SLUG, RANGES

LABELS = {
    "k": "Candidates per comparison",
    "overlap": "Judgments per comparison",
    "lease_minutes": "Minutes for one comparison",
    "random_arm_percent": "Random arm, percent of sources",
    "held_out_percent": "Held out, percent of sources",
    "send_back_batch": "Sent back at a time",
}
HELP = {
    "k": "2 to 4. More at once is faster per pair, fewer is easier to judge.",
    "overlap": "How many people answer each comparison. Three allow a majority.",
    "lease_minutes": "After that an unanswered comparison goes to somebody else.",
    "random_arm_percent": "Drawn when a source is imported. Models are compared on these alone.",
    "held_out_percent": "Part of the random arm that no model ever trains on.",
    "send_back_batch": "Most comparisons that a scheduled round may have open in the disagreement "
    "lane; 0: only by hand.",
}


def number(name: str, **how: Any) -> forms.IntegerField:
    """Return the field of a setting that has a range."""
    low, high, _ = RANGES[name]
    return forms.IntegerField(
        label=LABELS[name], help_text=HELP[name], min_value=low, max_value=high, **how
    )


class CampaignForm(forms.Form):
    """Everything a new campaign is asked for."""

    name = forms.CharField(max_length=MAX_NAME)
    slug = forms.SlugField(
        label="Short name",
        max_length=MAX_SLUG,
        help_text="Part of every address and of every command. It cannot be changed later.",
    )
    description = forms.CharField(
        required=False, max_length=2_000, widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"})
    )
    k = number("k", initial=2)
    overlap = number("overlap", initial=3)
    lease_minutes = number("lease_minutes", initial=30)


class SettingsForm(forms.Form):
    """What a lead may change; what is settled after the draft is shown, but cannot be edited."""

    name = forms.CharField(max_length=MAX_NAME)
    description = forms.CharField(
        required=False, max_length=2_000, widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"})
    )
    lease_minutes = number("lease_minutes")
    send_back_batch = number("send_back_batch")
    k = number("k")
    overlap = number("overlap")
    random_arm_percent = number("random_arm_percent")
    held_out_percent = number("held_out_percent")

    def __init__(self, campaign: Campaign, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, initial={name: getattr(campaign, name) for name in self.base_fields})
        if campaign.state != Campaign.State.DRAFT:
            for name in DRAFT_ONLY:
                self.fields[name].disabled = True


def put_refusal(form: forms.Form, refusal: Exception) -> None:
    """Show a refusal at the field it names, or above the form."""
    field = refusal.field if isinstance(refusal, InvalidSetting) else None
    form.add_error(field if field in form.fields else None, str(refusal))
