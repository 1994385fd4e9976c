"""The form of the comparison builder."""

from collections.abc import Mapping
from typing import Any

from django import forms

from annotation.items.selectors.generators import generators_in_use
from annotation.models import Campaign

STRATEGIES = [
    ("all", "All"),
    ("random", "Random"),
    ("balanced", "Balanced"),
    ("anchor", "Anchor"),
]


class BuildForm(forms.Form):
    """How to choose comparisons; the same form first previews and then builds."""

    k = forms.TypedChoiceField(
        label="Candidates each", choices=[(n, str(n)) for n in (2, 3, 4)], coerce=int
    )
    strategy = forms.ChoiceField(choices=STRATEGIES)
    per_item = forms.IntegerField(
        label="Per item",
        required=False,
        min_value=1,
        max_value=10_000,
        help_text="Comparisons; not for all.",
    )
    anchor = forms.ChoiceField(
        label="Anchor generator", required=False, help_text="For anchor only."
    )

    def __init__(self, campaign: Campaign, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, initial={"k": campaign.k, "strategy": "balanced", "per_item": 2})
        names = [str(generator) for generator in generators_in_use(campaign)]
        anchor = self.fields["anchor"]
        anchor.choices = [("", "none"), *((name, name) for name in names)]  # type: ignore[attr-defined]
