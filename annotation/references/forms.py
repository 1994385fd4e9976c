"""The form of a reference answer: scores, verdict and explanation."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.forms import BoundField
from django.http import QueryDict

from annotation.answers.plain_form import answer_data, input_name
from annotation.errors import DomainError, InvalidAnswer, InvalidSetting
from annotation.models import ReferenceAnswer
from annotation.references.known_answers import LEAST
from annotation.references.selectors import LETTERS
from annotation.references.services import MAX_EXPLANATION

TIES = [("", "Not equal"), ("good", "Equal, all good"), ("bad", "Equal, all bad")]


class ReferenceForm(forms.Form):
    """Scores and ranks by canonical candidate, under the names of the judging form."""

    use = forms.ChoiceField(choices=ReferenceAnswer.Use.choices, widget=forms.RadioSelect)
    tie_kind = forms.ChoiceField(label="When all are equal", choices=TIES, required=False)
    explanation = forms.CharField(
        max_length=MAX_EXPLANATION,
        widget=forms.Textarea(attrs={"rows": 4, "dir": "auto"}),
        help_text="What to see in the pictures, and why it makes these scores. Annotators read it.",
    )

    def __init__(self, *args: Any, k: int, dimensions: Sequence[dict[str, Any]]) -> None:
        super().__init__(*args)
        self._k = k
        self._dimensions = dimensions
        for position, letter in enumerate(LETTERS[:k]):
            for each in dimensions:
                levels = [(level["value"], level["name"]) for level in each["levels"]]
                self.fields[f"score-{position}-{each['slug']}"] = forms.ChoiceField(
                    label=f"{each['name']} of {letter}",
                    choices=[("", "–"), *((value, f"{value} {name}") for value, name in levels)],
                )
            self.fields[f"rank-{position}"] = forms.ChoiceField(
                label=f"Rank of {letter}",
                choices=[("", "–"), *((rank, str(rank)) for rank in range(1, k + 1))],
            )

    @property
    def letters(self) -> str:
        """The edits' letters."""
        return LETTERS[: self._k]

    @property
    def lines(self) -> list[tuple[str, str, list[BoundField]]]:
        """Name, question and fields of each row of the table, the ranks last."""
        rows = [
            (
                each["name"],
                each["question"],
                [self[f"score-{position}-{each['slug']}"] for position in range(self._k)],
            )
            for each in self._dimensions
        ]
        ranks = [self[f"rank-{position}"] for position in range(self._k)]
        return [*rows, ("Overall", "1 = best; equal edits share a rank.", ranks)]

    def answer(self) -> dict[str, Any]:
        """Return scores and verdict as the API has them."""
        data = answer_data(self.data, k=self._k, slugs=[each["slug"] for each in self._dimensions])
        return {name: data[name] for name in ("scores", "verdict")}

    def refuse(self, refusal: DomainError) -> None:
        """Show a refusal at the field that it names."""
        field = refusal.field if isinstance(refusal, InvalidAnswer | InvalidSetting) else ""
        name = input_name(field)
        self.add_error(name if name in self.fields else None, str(refusal))


class GoldsForm(forms.Form):
    """Which known answers become gold: those ticked, of at least so many judgments."""

    least = forms.IntegerField(
        label="Judgments that agree, at least",
        min_value=LEAST[0],
        max_value=LEAST[1],
        initial=3,
        help_text="All judgments must name the same verdict. Adjudicated answers always fit.",
    )

    def clean(self) -> dict[str, Any]:
        """Add `chosen`: the comparisons that were ticked."""
        ticked = self.data.getlist("comparison") if isinstance(self.data, QueryDict) else []
        try:
            chosen = [UUID(each) for each in ticked]
        except ValueError:
            raise forms.ValidationError("Choose comparisons of the list.") from None
        return self.cleaned_data | {"chosen": chosen}
