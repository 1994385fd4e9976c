"""Refusals of services, shown in forms."""

from django import forms

from annotation.errors import InvalidSetting


def put_refusal(form: forms.BaseForm, refusal: Exception) -> None:
    """Show a refusal at the field it names, or above the form."""
    field = refusal.field if isinstance(refusal, InvalidSetting) else None
    form.add_error(field if field in form.fields else None, str(refusal))
