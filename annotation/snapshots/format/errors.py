"""Errors of the format; callers raise errors of theirs with the same text."""


class FormatError(ValueError):
    """A snapshot, or a rule about its pairs, that is refused; the text names what is wrong."""


class ImageLost(FormatError):
    """An original that is gone, cannot be read, or is not what its hash promises."""

    def __init__(self, sha256: str, reason: str) -> None:
        super().__init__(f"image {sha256} {reason}")
        self.sha256 = sha256
        self.reason = reason
