"""Forms that create a campaign and change its settings. The services check the rules."""

from collections.abc import Mapping
from typing import Any

from django import forms

from annotation.answers.remark_parsing import MAX_REASON, MAX_REASONS
from annotation.campaigns.setting_rules import FIXED_AFTER_DRAFT, MAX_NAME, MAX_SLUG, RANGES
from annotation.items.imaging.watermarks import MOST_WATERMARKS
from annotation.models import Campaign, Lane
from annotation.queue.services.lanes import SHARED_LANES, STEP, share_field, shares_of

# Settings that are entered as lines of text.
LINES = ("reason_chips", "watermarks")
LABELS = {
    "k": "Candidates per comparison",
    "overlap": "Judgments per comparison",
    "lease_minutes": "Minutes for one comparison",
    "random_arm_percent": "Random arm, percent of sources",
    "held_out_percent": "Held out, percent of sources",
    "send_back_batch": "Sent back at a time",
    "overlap_share": "Full overlap, percent of comparisons",
    "overlap_cap": "Most judgments",
    "daily_cap": "Answers of one person in a day",
    "person_cap": "Answers of one person in all",
    "repeat_percent": "Repeated, percent of answers",
    "repeat_after_minutes": "Minutes between",
    "repeat_after_serves": "Comparisons between",
    "revise_minutes": "Minutes to change an answer",
    "gate_answers": "Training answers before the work",
    "gate_percent": "As expected at least, percent",
    "second_reading_percent": "Disputes read twice, percent",
    "least_pane": "Least size of an image, pixels",
}
HELP = {
    "k": "2 to 4. More at once is faster per pair, fewer is easier to judge.",
    "overlap": "How many people answer each comparison. Three allow a majority.",
    "lease_minutes": "After that an unanswered comparison goes to somebody else.",
    "random_arm_percent": "Drawn when a source is imported. Models are compared on these alone.",
    "held_out_percent": "Part of the random arm that no model ever trains on.",
    "send_back_batch": "Most comparisons that a scheduled round may have open in the disagreement "
    "lane; 0: only by hand.",
    "overlap_share": "Drawn when a comparison is built. The rest are judged once.",
    "overlap_cap": "While there is no majority one more person is asked, up to so many; 0: never.",
    "daily_cap": "Days in UTC. Empty: any number.",
    "person_cap": "Empty: any number.",
    "repeat_percent": "The same person judges them again, half of them in another order; 0: none.",
    "repeat_after_minutes": "Before the second look at the earliest; 1440 is a day.",
    "repeat_after_serves": "Other comparisons that the person gets before it.",
    "second_reading_percent": "Another adjudicator decides them too; measures agreement. 0: none.",
    "revise_minutes": "Counted from the first answer. The first stays on record; 0: never.",
    "gate_answers": "Nothing else is served until then; 0: no gate. Those who judged go on.",
    "gate_percent": "Of the latest so many: verdicts equal to the reference answer’s.",
    "least_pane": "The longest side as it lies on the screen, in pixels of the device. Empty: any.",
}
LANES_HELP = {
    Lane.COVERAGE: "All other sources.",
    Lane.RANDOM: "At least 22.",
    Lane.DISAGREEMENT: "What was sent back.",
    Lane.GOLD: "With a known answer.",
    Lane.REPEAT: "To the same person again.",
    Lane.TRAINING: "To learn the rubric on.",
}


def number(name: str, **how: Any) -> forms.IntegerField:
    """Return the field of a setting that has a range."""
    low, high, _ = RANGES[name]
    return forms.IntegerField(
        label=LABELS[name], help_text=HELP[name], min_value=low, max_value=high, **how
    )


class CampaignForm(forms.Form):
    """The settings of a new campaign."""

    name = forms.CharField(max_length=MAX_NAME)
    slug = forms.SlugField(
        label="Short name",
        max_length=MAX_SLUG,
        help_text="Part of every address and of every command. It cannot be changed later.",
    )
    description = forms.CharField(
        required=False, max_length=2_000, widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"})
    )
    k = number("k", initial=2)
    overlap = number("overlap", initial=3)
    lease_minutes = number("lease_minutes", initial=30)


def share(lane: str) -> forms.IntegerField:
    """Return the field of a lane's share."""
    return forms.IntegerField(
        label=str(Lane(lane).label),
        help_text=LANES_HELP[Lane(lane)],
        min_value=0,
        max_value=100,
        widget=forms.NumberInput(attrs={"step": STEP}),
    )


class SettingsForm(forms.Form):
    """Settings that a lead may change; those fixed after the draft are shown but disabled."""

    name = forms.CharField(max_length=MAX_NAME)
    description = forms.CharField(
        required=False, max_length=2_000, widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"})
    )
    lease_minutes = number("lease_minutes")
    send_back_batch = number("send_back_batch")
    daily_cap = number("daily_cap", required=False)
    person_cap = number("person_cap", required=False)
    revise_minutes = number("revise_minutes")
    second_reading_percent = number("second_reading_percent")
    repeat_percent = number("repeat_percent")
    repeat_after_minutes = number("repeat_after_minutes")
    repeat_after_serves = number("repeat_after_serves")
    gate_answers = number("gate_answers")
    gate_percent = number("gate_percent")
    purpose = forms.ChoiceField(
        choices=Campaign.Purpose,
        help_text="Gold answers and benchmarks get no view that hints at an answer.",
    )
    shows_outside = forms.BooleanField(
        label="Show what changed outside the region that most edits change",
        required=False,
        help_text="A view to choose, for preferences only; its use is recorded.",
    )
    one_size = forms.BooleanField(
        label="Serve all edits of a comparison at the size of their source",
        required=False,
        help_text="An edit’s own size can tell its generator. Turn it off to judge resolution. "
        "Fixed once work is handed out.",
    )
    watermarks = forms.CharField(
        label="Watermarks to hide",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
        help_text=f"One a line, at most {MOST_WATERMARKS}: left, top, right and bottom as "
        "fractions of the picture, and a name, such as 0.92 0.98 1 1 colour bar. Covered with grey "
        "on the source and every edit, for people and models. Fixed once work is handed out.",
    )
    leave_out_look_alikes = forms.BooleanField(
        label="Leave look-alikes out of new comparisons",
        required=False,
        help_text="Two edits of an item that people would hardly tell apart are not compared with "
        "each other. You see each pair under Comparisons, and can decide otherwise there.",
    )
    asks_strength = forms.BooleanField(
        label="Ask how much better the preferred edit is",
        required=False,
        help_text="Slightly, clearly or much; with two candidates only, and never required.",
    )
    reason_chips = forms.CharField(
        label="Reasons beside the verdict",
        required=False,
        widget=forms.Textarea(attrs={"rows": 5, "dir": "auto"}),
        help_text=f"One a line: up to {MAX_REASONS} of {MAX_REASON} characters. Empty: none.",
    )
    least_gamut = forms.ChoiceField(
        label="Least colour gamut",
        required=False,
        choices=[("", "Any"), *Campaign.Gamut.choices],
        help_text="Answers from a screen that shows fewer colours are refused, with the reason.",
    )
    least_pane = number("least_pane", required=False)
    k = number("k")
    overlap = number("overlap")
    overlap_share = number("overlap_share")
    overlap_cap = number("overlap_cap")
    stop_early = forms.BooleanField(
        label="Stop early",
        required=False,
        help_text="Ask nobody else once no further judgment could change the majority.",
    )
    random_arm_percent = number("random_arm_percent")
    held_out_percent = number("held_out_percent")

    def __init__(self, campaign: Campaign, data: Mapping[str, Any] | None = None) -> None:
        shares = shares_of(campaign.lane_plan)
        initial = {name: getattr(campaign, name) for name in self.base_fields}
        initial |= {share_field(lane): shares[lane] for lane in SHARED_LANES}
        initial |= {name: "\n".join(getattr(campaign, name)) for name in LINES}
        super().__init__(data, initial=initial)
        for lane in SHARED_LANES:
            self.fields[share_field(lane)] = share(lane)
        # A field that was not sent keeps its value. A checkbox that was not sent is unchecked.
        settled = [name for name, field in self.fields.items() if _is_left_out(name, field, data)]
        if campaign.state != Campaign.State.DRAFT:
            settled += FIXED_AFTER_DRAFT
        for name in settled:
            self.fields[name].disabled = True

    def clean_reason_chips(self) -> list[str]:
        """Return the reasons, one a line."""
        return self._lines("reason_chips")

    def clean_watermarks(self) -> list[str]:
        """Return the watermarks, one a line."""
        return self._lines("watermarks")

    def _lines(self, name: str) -> list[str]:
        lines = (line.strip() for line in self.cleaned_data[name].splitlines())
        return [line for line in lines if line]

    def shares(self) -> list[forms.BoundField]:
        """Return the fields of the lanes' shares."""
        return [self[share_field(lane)] for lane in SHARED_LANES]

    def settings(self) -> dict[str, Any]:
        """Return what was entered, as the service takes it."""
        values = dict(self.cleaned_data)
        shares = {lane: values.pop(share_field(lane)) for lane in SHARED_LANES}
        return values | {"lane_shares": shares}


def _is_left_out(name: str, field: forms.Field, data: Mapping[str, Any] | None) -> bool:
    if data is None or name in data:
        return False
    return isinstance(field, forms.IntegerField | forms.ChoiceField) or name in LINES
