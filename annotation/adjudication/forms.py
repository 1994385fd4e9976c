"""Forms of the pages of contested comparisons and of a decision."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from annotation.adjudication.selectors.reasons import KINDS
from annotation.adjudication.services.decisions import MAX_NOTE
from annotation.models import Decision

#: Most comparisons that are handed over at once.
MOST = 1_000


class HandOverForm(forms.Form):
    """Which contested comparisons go to the adjudicators; no kind = all."""

    kinds = forms.MultipleChoiceField(choices=list(KINDS.items()), required=False)
    n = forms.IntegerField(label="How many, most urgent first", min_value=1, max_value=MOST)


class DecisionForm(forms.Form):
    """Keep or change the first answer, and why people had disagreed."""

    does = forms.ChoiceField(
        choices=[
            ("keep", gettext_lazy("Keep my answer")),
            ("change", gettext_lazy("Change it")),
            ("open", gettext_lazy("Leave it to taste")),
        ],
        initial="keep",
    )
    cause = forms.ChoiceField(
        choices=Decision.Cause.choices,
        error_messages={"required": gettext_lazy("Say why people disagreed.")},
    )
    note = forms.CharField(required=False, max_length=MAX_NOTE, strip=True)

    def clean(self) -> dict[str, Any]:
        """Refuse to leave open what is no matter of taste."""
        data = super().clean() or {}
        if data.get("does") == "open" and data.get("cause") not in {None, Decision.Cause.TASTE}:
            self.add_error("cause", gettext_lazy("Only what is a matter of taste may stay open."))
        return data
