"""Refusals whose messages users may read."""

import math
from typing import Any


class DomainError(Exception):
    """A request that is refused; the message is for the person who made it."""


class InvalidAnswer(DomainError):
    """A malformed answer; `field` names the part of it."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class Conflict(DomainError):
    """The request is well formed, but not possible in the state of the assignment."""


class AlreadyAnswered(Conflict):
    """The assignment has an answer under another client id."""


class AlreadySkipped(Conflict):
    """The annotator skipped the comparison, so an answer is refused."""


class ClientIdUsed(Conflict):
    """The client id belongs to the answer to another assignment."""


class LeaseOver(Conflict):
    """The lease ended; it can no longer be extended."""


class TooManyReleases(Conflict):
    """The person gave back more comparisons within an hour than anybody's work explains."""


class NotRevisable(Conflict):
    """The answer cannot be changed (any more); the message says why."""


class CampaignNotReady(DomainError):
    """The campaign lacks something the next state needs."""


class ImportRefused(DomainError):
    """Nothing was imported; the text names the file and what is wrong with it.

    report: every refused row, when rows were read.
    """

    report: dict[str, Any] | None = None


class InvalidSetting(DomainError):
    """A value that cannot be stored; `field` names it."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class RubricIncomplete(DomainError):
    """A draft that cannot be published; `problems` are (field, message), in reading order."""

    def __init__(self, problems: list[tuple[str, str]]) -> None:
        super().__init__(" ".join(message for _, message in problems))
        self.problems = problems


class PictureRefused(DomainError):
    """A file that cannot be used as a picture; the message says why, without the file name."""


class ImageUnusable(DomainError):
    """An original that is missing, unreadable, or does not have its hash."""

    def __init__(self, sha256: str, reason: str) -> None:
        super().__init__(f"image {sha256} {reason}")
        self.sha256 = sha256
        self.reason = reason


class TooManyCalls(DomainError):
    """One person calls more often than anybody works."""

    def __init__(self, wait: float) -> None:
        self.retry_after = str(math.ceil(wait))
        super().__init__(f"Too many requests of this account. Try again in {self.retry_after} s.")


class HeldOutNeverSentBack(DomainError):
    """A held-out source is never queued by a model or by hand."""
