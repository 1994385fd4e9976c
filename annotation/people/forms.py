"""Forms about people: who joins a campaign, what they are asked about, their API keys."""

from collections.abc import Mapping
from typing import Any

from django import forms

from annotation.items.selectors import items
from annotation.models import ApiKey, Membership


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


class KeyForm(forms.Form):
    """What a new API key is for, what it allows, and how long."""

    name = forms.CharField(
        label="Name",
        max_length=60,
        help_text="Of the program that uses it.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    scopes = forms.MultipleChoiceField(
        choices=ApiKey.Scope.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one."},
    )
    days = forms.TypedChoiceField(
        label="Valid for",
        choices=[(7, "a week"), (30, "30 days"), (90, "90 days"), (365, "a year")],
        coerce=int,
        initial=90,
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
