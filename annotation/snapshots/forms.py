"""The form that asks for an export."""

from django import forms

from annotation.models import Snapshot
from annotation.snapshots.exports import registry as formats
from annotation.snapshots.format.pairs import TARGETS


class ExportForm(forms.Form):
    """Which snapshot, in which format, decided by what."""

    snapshot = forms.ModelChoiceField(queryset=Snapshot.objects.none(), empty_label=None)
    format = forms.ChoiceField(
        choices=[
            (formats.CANONICAL, "Canonical tables with images"),
            *((entry.name, entry.title) for entry in formats.FORMATS.values()),
        ]
    )
    target = forms.ChoiceField(
        label="A pair is decided by",
        required=False,
        choices=[("", "the format's default"), *((name, name) for name in TARGETS)],
    )
    overall = forms.MultipleChoiceField(
        label="The overall score is the sum of",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="None chosen: EditReward-Data takes its two published dimensions, "
        "chosen and rejected pairs take all.",
    )
