"""Each refusal a user may read."""


class RunRefused(Exception):
    """A run or rescoring that cannot be started; the text says why."""


class CheckpointDamaged(Exception):
    """A stored checkpoint of which a file is gone or altered; its text names the file."""
