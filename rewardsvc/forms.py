"""Forms of training runs: what a lead may choose; a configuration fixes the other settings."""

from typing import Any
from uuid import UUID

from django import forms

from rewardsvc.configurations import DEFAULT, MAX_FOLDS, MIN_FOLDS, Configuration, offer
from rewardsvc.models import RewardModel
from rewardsvc.services.runs import TARGETS, RunRequest


class RunForm(forms.Form):
    """Starts a run of a campaign."""

    configuration = forms.ChoiceField(initial=DEFAULT)
    target = forms.ChoiceField(
        label="Learn from",
        choices=list(zip(TARGETS, ("majority of verdicts", "summed mean scores"), strict=True)),
    )
    n_folds = forms.IntegerField(
        label="Folds",
        min_value=MIN_FOLDS,
        max_value=MAX_FOLDS,
        initial=MIN_FOLDS,
        help_text="Each fold model leaves out a share of the sources, to disagree honestly.",
    )
    epochs = forms.IntegerField(
        min_value=1,
        max_value=500,
        required=False,
        help_text="Empty: as many as the configuration asks.",
    )
    seed = forms.IntegerField(min_value=0, max_value=2**31 - 1, initial=0)
    started_from = forms.ChoiceField(
        label="Go on from",
        required=False,
        help_text="An earlier model of the same backbone and settings.",
    )

    def __init__(self, *args: Any, campaign: UUID, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = offer()
        self.usable = {each.name: each for each in found.usable}
        #: File names of configurations that cannot be used; the log has the reasons.
        self.broken = found.broken
        self._choices("configuration", [(c.name, c.title) for c in self.usable.values()])
        finals = RewardModel.objects.filter(campaign=campaign, fold__isnull=True)
        finals = finals.select_related("run").order_by("-id")
        named = [
            (str(m.public_id), f"{m.run.backbone}, {m.created_at:%d %b %Y, %H:%M}") for m in finals
        ]
        self._choices("started_from", [("", "nothing: begin anew"), *named])

    def _choices(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - for the type checker
        field.choices = choices

    @property
    def offered(self) -> list[Configuration]:
        """The usable configurations, whose descriptions the page shows."""
        return list(self.usable.values())

    def request(self) -> RunRequest:
        """Return the requested run."""
        data = self.cleaned_data
        chosen = self.usable[data["configuration"]]
        overrides = {name: data[name] for name in ("epochs", "seed") if data[name] is not None}
        return RunRequest(
            backbone=chosen.backbone,
            target=data["target"],
            n_folds=data["n_folds"],
            config={**chosen.settings, **overrides},
            configuration=chosen.name,
            started_from=UUID(data["started_from"]) if data["started_from"] else None,
        )


class PromotionForm(forms.Form):
    """Makes a run's model the champion by hand."""

    reason = forms.CharField(
        label="Why this model",
        max_length=500,
        help_text="Kept with the model and in the campaign’s events.",
        widget=forms.Textarea({"rows": 2}),
    )
