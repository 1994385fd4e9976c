"""Whether enough is judged to train, what is missing, and when it will be there."""

from dataclasses import dataclass
from uuid import UUID

from annotation.common.steps import FIRST_TRAINING
from annotation.models import Campaign
from annotation.snapshots.training_votes import TrainingVotes, training_votes
from rewardsvc.configurations import MIN_FOLDS
from rewardsvc.errors import RunRefused

HOURS_A_DAY = 24


@dataclass(frozen=True)
class Readiness:
    """What a first training needs and has.

    can_train: a training can finish. is_enough: it is worth its time.
    """

    votes: TrainingVotes
    needed_sources: int = MIN_FOLDS
    needed_judgments: int = FIRST_TRAINING

    @property
    def can_train(self) -> bool:
        return self.votes.n_sources >= self.needed_sources

    @property
    def is_enough(self) -> bool:
        return self.can_train and self.votes.n_judgments >= self.needed_judgments

    @property
    def can_be_checked(self) -> bool:
        """Whether a held-out source was judged, so that the champion check can measure."""
        return self.votes.n_held_out > 0

    @property
    def wait(self) -> str:
        """How long people need for the missing judgments at their present speed; "" if unknown."""
        missing = max(0, self.needed_judgments - self.votes.n_judgments)
        if not missing or not self.votes.per_hour:
            return ""
        hours = missing / self.votes.per_hour
        if hours < 1:
            return "within the hour"
        if hours < 2 * HOURS_A_DAY:
            return f"in about {round(hours)} hour{'' if round(hours) == 1 else 's'}"
        return f"in about {round(hours / HOURS_A_DAY)} days"


def readiness_of(campaign: Campaign) -> Readiness:
    """Return whether a campaign is ready for a first training. Two queries."""
    return Readiness(training_votes(campaign))


def refuse_too_few_sources(campaign: UUID, *, n_folds: int, target: str) -> None:
    """Raise RunRefused where a fold would have no source to train on.

    The target `scores` learns from ties too: there, one judgment in force is enough to begin.
    """
    votes = training_votes(Campaign.objects.get(public_id=campaign))
    if not votes.n_judgments:
        raise RunRefused("Nobody has judged anything in this campaign yet.")
    if target == "verdict" and votes.n_sources < n_folds:
        raise RunRefused(
            f"Training with {n_folds} folds needs {n_folds} sources with a decided comparison "
            f"(no tie, not held out). There {'is' if votes.n_sources == 1 else 'are'} "
            f"{votes.n_sources} so far."
        )
