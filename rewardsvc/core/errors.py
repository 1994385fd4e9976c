"""The core's exceptions; each message is one line that says what to correct."""


class RewardError(ValueError):
    """Base class of the core's refusals; the message names what is wrong."""


class SnapshotError(RewardError):
    """A snapshot that is incomplete, altered or not in the known format."""


class ImageError(RewardError):
    """An image that is missing, altered, unreadable or of the wrong size."""


class TrainingError(RewardError):
    """Data or settings that no model can be trained on, or a loss that became not finite."""


class CheckpointError(RewardError):
    """A model folder that is incomplete, or that does not fit the requested use."""


class TrainingStopped(Exception):
    """Training ended early because `should_stop` returned True; the last epoch's state is kept."""
