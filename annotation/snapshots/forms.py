"""The form that asks for an export."""

from typing import Any

from django import forms

from annotation.models import Snapshot
from annotation.snapshots.exports import registry as formats
from annotation.snapshots.exports.options import FIELDS, Field, Options


class ExportForm(forms.Form):
    """Which snapshot, in which format, and what of it: the options of `FIELDS`."""

    snapshot = forms.ModelChoiceField(queryset=Snapshot.objects.none(), empty_label=None)
    format = forms.ChoiceField(
        choices=[
            (formats.CANONICAL, "Canonical tables with images"),
            *((entry.name, entry.title) for entry in formats.FORMATS.values()),
        ]
    )

    def __init__(self, *args: Any, values: dict[str, list[tuple[str, str]]], **kwargs: Any) -> None:
        """values: (value, name) of each option whose values depend on the campaign."""
        super().__init__(*args, **kwargs)
        for field in FIELDS:
            self.fields[field.name] = _form_field(field, values.get(field.name, []))

    def plain(self) -> list[forms.BoundField]:
        """Return the options below the fold that are one field each."""
        return [self[each.name] for each in FIELDS if each.kind != "many" and each.name != "target"]

    def boxes(self) -> list[forms.BoundField]:
        """Return the options below the fold that have boxes, and at least one."""
        many = [self[each.name] for each in FIELDS if each.kind == "many"]
        return [field for field in many if field.name != "overall" and list(field)]

    @property
    def options(self) -> Options:
        """The options of a valid form."""
        return Options.of({name: each for name, each in self.cleaned_data.items() if each})


def _form_field(field: Field, values: list[tuple[str, str]]) -> forms.Field:
    shared: dict[str, Any] = {"label": field.label, "required": False, "help_text": field.help}
    if field.kind == "choice":
        choices = [("", "the format's default"), *((name, name) for name in field.choices)]
        return forms.ChoiceField(choices=choices, **shared)
    if field.kind == "many":
        return forms.MultipleChoiceField(
            choices=values or [(name, name) for name in field.choices],
            widget=forms.CheckboxSelectMultiple,
            **shared,
        )
    if field.kind == "flag":
        return forms.BooleanField(**shared)
    if field.kind == "share":
        return forms.FloatField(min_value=0, max_value=1, **shared)
    return forms.IntegerField(min_value=1, **shared)
