"""What the core refuses, in one line a person can act on."""


class RewardError(ValueError):
    """A refusal of the reward model's core; its text names what is wrong."""


class SnapshotError(RewardError):
    """A snapshot that is incomplete, altered or not in the known format."""


class ImageError(RewardError):
    """An image that is missing, altered, unreadable or of another size than is read."""


class TrainingError(RewardError):
    """Data or settings that no model can be trained on, or a run that went astray."""


class CheckpointError(RewardError):
    """A model folder that is missing a part or belongs to something else."""


class TrainingStopped(Exception):
    """Training ended early because `should_stop` said so; the last epoch's state is kept."""
