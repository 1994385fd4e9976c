"""Each refusal a user may read."""


class RunRefused(Exception):
    """A run or rescoring that cannot be started; the text says why."""
