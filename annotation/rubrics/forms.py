"""The rubric editor's form; the hidden field `shape` says how many fields the draft needs."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms.boundfield import BoundField

from annotation.models.rubrics import FAULT, QUALITY
from annotation.rubrics.edits import Words
from annotation.rubrics.text import (
    MAX_CRITERIA,
    MAX_DIMENSIONS,
    MAX_LEVELS,
    CriterionText,
    DimensionText,
    LevelText,
    digest,
)

MAX_TEXT = 1_000
WORDING_CHOICES = (
    (FAULT, "As what is wrong, such as “wrong thing”: they are shown as they are."),
    (QUALITY, "As what should hold, such as “right meaning”: shown as “not: right meaning”."),
)
# Format: "levels.criteria" per dimension, separated by commas.
SHAPE = re.compile(r"(\d\.\d(,\d\.\d)*)?")


@dataclass(frozen=True)
class Part:
    """A level or a criterion: its number from 1, its name and its text."""

    number: int
    name: BoundField
    text: BoundField


@dataclass(frozen=True)
class DimensionFields:
    """The fields of one dimension, as the template goes through them."""

    index: int
    title: str
    name: BoundField
    slug: BoundField
    question: BoundField
    levels: list[Part]
    criteria: list[Part]


class RubricForm(forms.Form):
    """The texts of a draft. seen: digest of the texts that the editor started from."""

    shape = forms.CharField(required=False, widget=forms.HiddenInput)
    seen = forms.CharField(widget=forms.HiddenInput)
    criteria_wording = forms.ChoiceField(
        label="How the criteria are worded", choices=WORDING_CHOICES, widget=forms.RadioSelect
    )

    def __init__(
        self,
        words: Words,
        data: Mapping[str, Any] | None = None,
        *,
        criteria_wording: str = FAULT,
    ) -> None:
        initial = _initial(words, criteria_wording)
        super().__init__(data, initial=initial)
        posted = initial["shape"] if data is None else str(data.get("shape", ""))
        self._sizes = _sizes(posted)
        for i, (n_levels, n_criteria) in enumerate(self._sizes or []):
            self._add_dimension(i, n_levels, n_criteria)

    def clean_shape(self) -> str:
        """Refuse a form whose shape is malformed."""
        if self._sizes is None:
            raise forms.ValidationError("The form is damaged: reload the page.")
        return str(self.cleaned_data["shape"])

    @property
    def dimensions(self) -> list[DimensionFields]:
        """The fields by dimension."""
        return [
            DimensionFields(
                index=i,
                title=str(self[f"d{i}_name"].value() or f"Dimension {i + 1}"),
                name=self[f"d{i}_name"],
                slug=self[f"d{i}_slug"],
                question=self[f"d{i}_question"],
                levels=self._parts(f"d{i}_l", n_levels),
                criteria=self._parts(f"d{i}_c", n_criteria),
            )
            for i, (n_levels, n_criteria) in enumerate(self._sizes or [])
        ]

    def words(self) -> Words:
        """Return the entered texts; the form must be valid."""
        typed = self.cleaned_data
        return tuple(
            DimensionText(
                slug=typed[f"d{i}_slug"],
                name=typed[f"d{i}_name"],
                question=typed[f"d{i}_question"],
                levels=tuple(
                    LevelText(j + 1, typed[f"d{i}_l{j}_name"], typed[f"d{i}_l{j}_text"])
                    for j in range(n_levels)
                ),
                criteria=tuple(
                    CriterionText(typed[f"d{i}_c{j}_name"], typed[f"d{i}_c{j}_text"])
                    for j in range(n_criteria)
                ),
            )
            for i, (n_levels, n_criteria) in enumerate(self._sizes or [])
        )

    def put_problems(self, problems: list[tuple[str, str]]) -> None:
        """Show each problem at its field."""
        for field, message in problems:
            self.add_error(field if field in self.fields else None, message)

    def _parts(self, prefix: str, count: int) -> list[Part]:
        return [
            Part(j + 1, self[f"{prefix}{j}_name"], self[f"{prefix}{j}_text"]) for j in range(count)
        ]

    def _add_dimension(self, i: int, n_levels: int, n_criteria: int) -> None:
        self.fields[f"d{i}_name"] = _line("Name", 60)
        self.fields[f"d{i}_slug"] = forms.CharField(
            label="Key", max_length=40, help_text="The column's name in exports."
        )
        self.fields[f"d{i}_question"] = _line("Question", 200)
        for j in range(n_levels):
            self.fields[f"d{i}_l{j}_name"] = _line(f"Level {j + 1}: name", 40)
            self.fields[f"d{i}_l{j}_text"] = _text(f"Level {j + 1}: when to give it")
        for j in range(n_criteria):
            self.fields[f"d{i}_c{j}_name"] = _line(f"Criterion {j + 1}: name", 60)
            self.fields[f"d{i}_c{j}_text"] = _text(f"Criterion {j + 1}: when it has failed")


def _line(label: str, limit: int) -> forms.CharField:
    widget = forms.TextInput(attrs={"dir": "auto"})
    return forms.CharField(label=label, required=False, max_length=limit, widget=widget)


def _text(label: str) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": 2, "dir": "auto"})
    return forms.CharField(label=label, required=False, max_length=MAX_TEXT, widget=widget)


def _sizes(shape: str) -> list[tuple[int, int]] | None:
    """Return (levels, criteria) per dimension; None for a shape that no draft can have."""
    if not SHAPE.fullmatch(shape):
        return None
    pairs = [part.split(".") for part in shape.split(",")] if shape else []
    sizes = [(int(levels), int(criteria)) for levels, criteria in pairs]
    if len(sizes) > MAX_DIMENSIONS or any(
        levels > MAX_LEVELS or criteria > MAX_CRITERIA for levels, criteria in sizes
    ):
        return None
    return sizes


def _initial(words: Words, criteria_wording: str) -> dict[str, str]:
    shape = ",".join(f"{len(d.levels)}.{len(d.criteria)}" for d in words)
    seen = digest(words, criteria_wording)
    initial = {"shape": shape, "seen": seen, "criteria_wording": criteria_wording}
    for i, dimension in enumerate(words):
        for name in ("name", "slug", "question"):
            initial[f"d{i}_{name}"] = getattr(dimension, name)
        parts: dict[str, Sequence[LevelText | CriterionText]] = {
            "l": dimension.levels,
            "c": dimension.criteria,
        }
        for letter, entries in parts.items():
            for j, entry in enumerate(entries):
                initial[f"d{i}_{letter}{j}_name"] = entry.name
                initial[f"d{i}_{letter}{j}_text"] = entry.text
    return initial
