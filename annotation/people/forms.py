"""Forms that add a person to a campaign, and say what a person is asked about."""

from collections.abc import Mapping
from typing import Any

from django import forms

from annotation.items.selectors import items
from annotation.models import Membership


class PersonForm(forms.Form):
    """Who, with which roles, and whether an account is to be made."""

    username = forms.CharField(
        label="User name", max_length=150, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    new_account = forms.TypedChoiceField(
        label="Account",
        choices=[("no", "has one already"), ("yes", "make one, with a first password")],
        coerce=lambda value: value == "yes",
        initial="no",
    )
    roles = forms.MultipleChoiceField(
        choices=Membership.Role.choices,
        widget=forms.CheckboxSelectMultiple,
        initial=[Membership.Role.ANNOTATOR],
        error_messages={"required": "Choose at least one role."},
    )


class SkillsForm(forms.Form):
    """What a person is asked about; nothing ticked = everything."""

    categories = forms.MultipleChoiceField(
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="None ticked: all, and items without a category too.",
    )
    languages = forms.MultipleChoiceField(
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="None ticked: all. Items without a language are for everybody.",
    )

    def __init__(self, member: Membership, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(
            data, initial={"categories": member.categories, "languages": member.languages}
        )
        present = {
            "categories": items.categories(member.campaign),
            "languages": items.languages(member.campaign),
        }
        for name, values in present.items():
            # Skills that the person has stay selectable after their last item is gone.
            known = sorted({*values, *getattr(member, name)})
            field: Any = self.fields[name]
            field.choices = [(value, value) for value in known]
