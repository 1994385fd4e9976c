import sys


class Refusal(Exception):
    """The installation cannot go on; the message names the cause and what to do."""


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
