"""Each refusal a user may read."""

from typing import Any


class DomainError(Exception):
    """A request that cannot be met; the text is written for the person who made it."""


class InvalidAnswer(DomainError):
    """A malformed answer; `field` names the part of it."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class Conflict(DomainError):
    """The request is well formed, but the assignment is past it."""


class AlreadyAnswered(Conflict):
    """The assignment has an answer under another client id."""


class AlreadySkipped(Conflict):
    """The annotator skipped the comparison; it takes no answer from them."""


class ClientIdUsed(Conflict):
    """The client id belongs to the answer to another assignment."""


class LeaseOver(Conflict):
    """The lease ended; it can no longer be extended."""


class NotRevisable(Conflict):
    """The answer can no longer be changed, or never could; the text says why."""


class CampaignNotReady(DomainError):
    """The campaign lacks something the next state needs."""


class ImportRefused(DomainError):
    """Nothing was imported; the text names the file and what is wrong with it.

    report: every refused row, where rows were looked at.
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
    """A file that cannot be judged as a picture; the text says why, without the file's name."""


class ImageUnusable(DomainError):
    """An original that is gone, cannot be read, or is not what its hash promises."""

    def __init__(self, sha256: str, reason: str) -> None:
        super().__init__(f"image {sha256} {reason}")
        self.sha256 = sha256
        self.reason = reason


class HeldOutNeverSentBack(DomainError):
    """A held-out source stays out of every lane that a model or a hand picks for."""
