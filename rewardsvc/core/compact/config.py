"""The shape of a compact reward model."""

from dataclasses import asdict, dataclass, fields
from typing import Any

from annotation.snapshots.format.fields import Fields

MIN_IMAGE_SIZE = 64
GROUPS = 8  # of channels, each normalised by itself


@dataclass(frozen=True)
class CompactConfig:
    """The shape of a compact reward model.

    image_size: side in pixels at which images are read and measured; the convolutions work at half
    of it. members: networks of the ensemble, trained on the same batches; predictions are pooled.
    reader_width: hidden units of a member. widths: channels of the convolutions; empty = none.
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
    def from_json(cls, config: Fields) -> "CompactConfig":
        """Read a configuration; raises the error of `config`, naming the field."""
        config.only(field.name for field in fields(cls))
        return cls(
            dimensions=config.names("dimensions", least=1),
            members=config.count("members", least=1),
            reader_width=config.count("reader_width", least=1),
            image_size=config.count("image_size", least=MIN_IMAGE_SIZE, step=16),
            text_buckets=config.count("text_buckets", least=2),
            text_width=config.count("text_width", least=1),
            widths=config.counts("widths", (0, 3), least=GROUPS, step=GROUPS),
            dropout=config.share("dropout"),
            measurement_dropout=config.share("measurement_dropout"),
        )
