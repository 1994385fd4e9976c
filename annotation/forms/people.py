"""The form that adds a person to a campaign."""

from django import forms

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
