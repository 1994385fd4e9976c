"""The core's exceptions; each message is one line that says what to correct."""

from collections.abc import Mapping

# Most images that an error names; all are unusable where a folder is missing.
MAX_NAMED = 100


class RewardError(ValueError):
    """Base class of the core's refusals; the message names what is wrong."""


class SnapshotError(RewardError):
    """A snapshot that is incomplete, altered or not in the known format."""


class ImageError(RewardError):
    """An image that is missing, altered, unreadable or of the wrong size."""


class UnusableImages(ImageError):
    """Images that a training cannot read. faults: what is wrong with each, by its hash."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        self.faults = dict(faults)
        named = list(self.faults.values())
        more = [f"and {len(named) - MAX_NAMED} more"] if len(named) > MAX_NAMED else []
        super().__init__("; ".join(named[:MAX_NAMED] + more))


class TrainingError(RewardError):
    """Data or settings that no model can be trained on, or a loss that became not finite."""


class CheckpointError(RewardError):
    """A model folder that is incomplete, or that does not fit the requested use."""


class TrainingStopped(Exception):
    """Training ended early because `should_stop` returned True; the last epoch's state is kept."""
