"""Each refusal a user may read."""


class DomainError(Exception):
    """A request that cannot be met; the text is written for the person who made it."""


class InvalidAnswer(DomainError):
    """A malformed answer; `field` names the part of it."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class AlreadyAnswered(DomainError):
    """The assignment has an answer under another client id."""


class CampaignNotReady(DomainError):
    """The campaign lacks something the next state needs."""


class ImportRefused(DomainError):
    """Nothing was imported; the text names the file and what is wrong with it."""


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
