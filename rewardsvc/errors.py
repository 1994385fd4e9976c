"""Exceptions whose message a user may read."""


class RunRefused(Exception):
    """A run or rescoring that cannot be started; the message has the reason."""


class CheckpointDamaged(Exception):
    """A stored checkpoint with a missing or altered file; the message names the file."""
