"""How a picture is presented: one reading for people, masks, training and scoring."""

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Any

from PIL import Image

# Raise it with every change of the pixels that some file is read as.
DECODER = "upright-srgb-8-bit/2"
# RGB behind transparent pixels, wherever a picture is measured or read by a model.
GROUND = (128, 128, 128)
# Sizes of edits. The words are those of a snapshot's manifest.
OWN, SOURCE = "own", "source"
# A vision-language model reads no picture that is more times as long as wide.
MOST_ASPECT = 200


@dataclass(frozen=True)
class Presentation:
    """What stands between a stored file and the picture that is judged.

    decoder: the version of the decoder. ground: RGB behind transparent pixels. size: OWN, that of
    each file, or SOURCE, where edits have the size of their source (items/imaging/sizes.py).
    masked: the watermarks that are hidden (items/imaging/watermarks.py).
    """

    decoder: str = DECODER
    ground: tuple[int, int, int] = GROUND
    size: str = OWN
    masked: tuple[str, ...] = ()

    @property
    def sha256(self) -> str:
        """A hash of it: rewards with equal hashes are of the same pixels."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()

    def to_json(self) -> dict[str, Any]:
        """Return it with its hash, for the manifest of a snapshot."""
        named = asdict(self) | {"ground": list(self.ground), "masked": list(self.masked)}
        return named | {"sha256": self.sha256}


def on_ground(pixels: Image.Image) -> Image.Image:
    """Return RGB pixels, transparent ones on GROUND; an RGB picture is returned as it is.

    Colours under fully transparent pixels have no effect.
    """
    if pixels.mode == "RGB":
        return pixels
    ground = Image.new("RGBA", pixels.size, (*GROUND, 255))
    return Image.alpha_composite(ground, pixels.convert("RGBA")).convert("RGB")
