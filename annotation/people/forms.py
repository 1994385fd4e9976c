"""Forms about people: who joins a campaign, what they are asked about, their API keys."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib.auth.forms import BaseUserCreationForm

from annotation.items.selectors import items
from annotation.models import ApiKey, Membership, User


class InviteForm(forms.Form):
    """The roles of whoever uses an invitation, and a note on whom it is for."""

    note = forms.CharField(
        label="For whom",
        max_length=80,
        required=False,
        help_text="For leads only: a name, or an address to which you send the link.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    roles = forms.MultipleChoiceField(
        choices=Membership.Role.choices,
        widget=forms.CheckboxSelectMultiple,
        initial=[Membership.Role.ANNOTATOR],
        error_messages={"required": "Choose at least one role."},
    )


class NewAccountForm(BaseUserCreationForm):  # type: ignore[type-arg]
    """The name and the password of a new account, chosen by its person."""

    class Meta:
        model = User
        fields = ("username", "email")
        labels = {"username": "User name", "email": "E-mail"}
        help_texts = {"email": "Optional: for a link when you forget the password."}


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
