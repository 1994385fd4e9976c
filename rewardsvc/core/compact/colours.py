"""The basic English colour words: their RGB values, and which of them an instruction names."""

from collections.abc import Sequence

import torch
from torch import Tensor

from rewardsvc.core.compact.text import words

# A typical RGB value of each colour word, from 0 to 1.
_RGB: dict[str, tuple[float, float, float]] = {
    "red": (0.78, 0.20, 0.18),
    "orange": (0.91, 0.50, 0.18),
    "yellow": (0.93, 0.78, 0.25),
    "green": (0.30, 0.60, 0.33),
    "blue": (0.20, 0.44, 0.72),
    "purple": (0.50, 0.30, 0.65),
    "pink": (0.92, 0.55, 0.67),
    "brown": (0.45, 0.30, 0.18),
    "white": (0.95, 0.94, 0.92),
    "black": (0.07, 0.07, 0.08),
    "grey": (0.50, 0.50, 0.50),
}
COLOURS = tuple(_RGB)
_SAME = {"gray": "grey", "violet": "purple", "golden": "yellow", "crimson": "red"}
_SOFTNESS = 0.02  # squared opponent-space distance; the temperature of the softmax


def _opponent(rgb: Tensor) -> Tensor:
    """Return lightness, red against green, yellow against blue of (N, 3, ...)."""
    r, g, b = rgb.unbind(1)
    return torch.stack([(r + g + b) * (0.8 / 3), r - g, (r + g) / 2 - b], 1)


def named(image: Tensor) -> Tensor:
    """Return the membership of every pixel in each colour, (N, len(COLOURS), H, W)."""
    centres = _opponent(image.new_tensor(list(_RGB.values())))  # (colours, 3)
    pixels = _opponent(image)
    distance = torch.stack(
        [((pixels - centre[:, None, None]) ** 2).sum(1) for centre in centres], 1
    )  # (N, colours, H, W)
    return torch.softmax(-distance / _SOFTNESS, 1)


def mentions(instructions: Sequence[str]) -> Tensor:
    """Return which colours each instruction names, (n, len(COLOURS)) of 0 and 1."""
    out = torch.zeros(len(instructions), len(COLOURS))
    for row, instruction in enumerate(instructions):
        for word in words(instruction):
            colour = _SAME.get(word, word)
            if colour in _RGB:
                out[row, COLOURS.index(colour)] = 1
    return out


def matches(shares: Tensor, mentioned: Tensor) -> Tensor:
    """Return how the colours of a change match the colours that the instruction names, (N, 8).

    shares: (N, 3 * len(COLOURS)) before, after and overall gain, as measured. mentioned:
    (N, len(COLOURS)).
    """
    before, after, gain = shares.chunk(3, 1)
    count = mentioned.sum(1)
    return torch.stack(
        [
            (mentioned * before).sum(1),
            (mentioned * after).sum(1),
            (mentioned * (after - before)).sum(1),
            (mentioned * (after - before).clamp(min=0)).sum(1),
            (mentioned * (before - after).clamp(min=0)).sum(1),
            (mentioned * gain).sum(1),
            count.clamp(max=1),
            count,
        ],
        1,
    )


N_MATCHES = 8
