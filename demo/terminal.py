"""What the launcher says, and how it ends."""

import sys


class Refusal(Exception):
    """The demo cannot go on; the message is for the person who started it."""


class Stopped(BaseException):
    """A request to stop. Like KeyboardInterrupt, it passes handlers of Exception."""


def say(line: str) -> None:
    """Write a line to the terminal at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
