"""Forms for imports and for what a lead does to items and candidates."""

from typing import Any

from django import forms
from django.conf import settings
from django.template.defaultfilters import filesizeformat

from annotation.items.imaging.pictures import MAX_BYTES
from annotation.items.imports import rows
from annotation.items.selectors.items import ARMS, SHOWN, ItemFilter
from annotation.items.services.items import MAX_REASON
from annotation.models import Candidate, Item


class UploadForm(forms.Form):
    """A ZIP to import."""

    file = forms.FileField(
        label="ZIP archive",
        widget=forms.FileInput(attrs={"accept": ".zip,application/zip"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        limit = settings.IMPORT_UPLOAD_MAX_BYTES
        self.fields["file"].widget.attrs["data-max-bytes"] = str(limit)
        self.fields["file"].help_text = f"At most {filesizeformat(limit)}."

    def clean_file(self) -> Any:
        """Refuse a file over the limit."""
        file = self.cleaned_data["file"]
        limit = settings.IMPORT_UPLOAD_MAX_BYTES
        if file.size is not None and file.size > limit:
            raise forms.ValidationError(f"The file is larger than {filesizeformat(limit)}.")
        return file


class FilterForm(forms.Form):
    """Which items to list. Invalid values filter nothing."""

    text = forms.CharField(label="Instruction contains", required=False, max_length=200)
    shown = forms.ChoiceField(
        label="Show",
        required=False,
        choices=list(zip(SHOWN, ("in use", "withdrawn", "all"), strict=True)),
    )
    arm = forms.ChoiceField(
        label="Arm",
        required=False,
        choices=list(zip(ARMS, ("all", "random arm", "held out", "neither"), strict=True)),
    )
    generator = forms.ChoiceField(required=False)
    category = forms.ChoiceField(required=False)
    batch = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, generators: list[str], categories: list[str], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        for name, values in (("generator", generators), ("category", categories)):
            field: Any = self.fields[name]
            field.choices = [("", "all"), *((value, value) for value in values)]

    def wanted(self) -> ItemFilter:
        """Return the filter made of the valid fields."""
        self.is_valid()
        asked = {name: value for name, value in self.cleaned_data.items() if value}
        return ItemFilter(**asked)


class WithdrawForm(forms.Form):
    """Why something is taken out of use."""

    prefix = "withdraw"
    reason = forms.CharField(label="Why", max_length=MAX_REASON)


class CorrectItemForm(forms.Form):
    """What may be corrected about an item."""

    prefix = "correct"
    instruction = forms.CharField(
        max_length=rows.MAX_INSTRUCTION, widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"})
    )
    category = forms.CharField(required=False, max_length=rows.MAX_CATEGORY)
    language = forms.CharField(
        required=False,
        max_length=rows.MAX_LANGUAGE,
        help_text="Of the instruction: a tag such as en or pt-br. Empty: for everybody.",
    )
    sensitive = forms.CharField(
        required=False,
        max_length=rows.MAX_SENSITIVE,
        help_text="Why somebody may not want to see it, such as wounds. Blurred until asked for.",
    )
    licence = forms.CharField(required=False, max_length=rows.MAX_LICENCE)
    origin = forms.CharField(required=False, max_length=rows.MAX_ORIGIN)
    reason = forms.CharField(label="Why", max_length=MAX_REASON)

    @classmethod
    def of(cls, item: Item) -> "CorrectItemForm":
        """Return the form filled with what is there."""
        names = ("instruction", "category", "language", "sensitive", "licence", "origin")
        return cls(initial={name: getattr(item, name) for name in names})


class CorrectCandidateForm(forms.Form):
    """What may be corrected about a candidate."""

    prefix = "correct"
    picture = forms.FileField(
        label="Another image",
        required=False,
        widget=forms.FileInput(attrs={"accept": "image/*"}),
        help_text="JPEG, PNG, WebP, AVIF or a still GIF. Left out: the image stays.",
    )
    generator = forms.CharField(max_length=rows.MAX_GENERATOR)
    generator_version = forms.CharField(
        label="Version", required=False, max_length=rows.MAX_VERSION
    )
    seed = forms.CharField(required=False, max_length=rows.MAX_SEED)
    licence = forms.CharField(required=False, max_length=rows.MAX_LICENCE)
    origin = forms.CharField(required=False, max_length=rows.MAX_ORIGIN)
    reason = forms.CharField(label="Why", max_length=MAX_REASON)

    @classmethod
    def of(cls, candidate: Candidate) -> "CorrectCandidateForm":
        """Return the form filled with what is there."""
        initial = {name: getattr(candidate, name) for name in ("seed", "licence", "origin")}
        generator = candidate.generator
        return cls(
            initial=initial | {"generator": generator.name, "generator_version": generator.version}
        )

    def clean_picture(self) -> Any:
        """Refuse a file over the limit before it is read."""
        picture = self.cleaned_data["picture"]
        if picture is not None and picture.size is not None and picture.size > MAX_BYTES:
            raise forms.ValidationError(f"The file is larger than {filesizeformat(MAX_BYTES)}.")
        return picture
