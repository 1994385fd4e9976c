"""The shape of a compact reward model."""

from dataclasses import asdict, dataclass, fields
from typing import Any

from annotation.snapshots.format.fields import Fields

MIN_IMAGE_SIZE = 64
GROUPS = 8  # of channels, each normalised by itself


@dataclass(frozen=True)
class CompactConfig:
    """The shape of a compact reward model.

    image_size: side in pixels at which images are read and measured; the convolutions see half of
    it. members: readers trained side by side on the same batches, their answers pooled.
    widths: channels of the convolutions; empty leaves them out.
    """

    dimensions: tuple[str, ...]
    image_size: int = 128
    members: int = 3
    reader_width: int = 48
    text_buckets: int = 4096
    text_width: int = 32
    widths: tuple[int, ...] = (16, 32, 48)
    dropout: float = 0.3
    measurement_dropout: float = 0.1

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, given: Fields) -> "CompactConfig":
        """Read a configuration; raises the error of `given`, naming the field."""
        given.only(field.name for field in fields(cls))
        return cls(
            dimensions=given.names("dimensions", least=1),
            members=given.count("members", least=1),
            reader_width=given.count("reader_width", least=1),
            image_size=given.count("image_size", least=MIN_IMAGE_SIZE, step=16),
            text_buckets=given.count("text_buckets", least=2),
            text_width=given.count("text_width", least=1),
            widths=given.counts("widths", (0, 3), least=GROUPS, step=GROUPS),
            dropout=given.share("dropout"),
            measurement_dropout=given.share("measurement_dropout"),
        )
