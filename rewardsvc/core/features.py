"""Low-level measurements of what an edit changed, per (source, edit): no parameters, no training.

Small networks trained from scratch on a few hundred judgments do not find these by themselves:
how large the changed region is, whether colours shifted where nothing was asked for, whether fine
detail (noise, blur, blocks, seams) appeared or vanished inside and outside the change.
"""

import torch
from torch import Tensor
from torch.nn import functional

_THRESHOLD = 0.06  # mean absolute change, of 1, from which a place counts as edited
_SOFTNESS = 0.015
_EPS = 1e-4


def grey(image: Tensor) -> Tensor:
    """Return luma (N, 1, H, W) of RGB within 0 and 1."""
    weights = image.new_tensor([0.299, 0.587, 0.114])
    return (image * weights[:, None, None]).sum(1, keepdim=True)


def detail(image: Tensor) -> Tensor:
    """Return the absolute Laplacian of luma, (N, 1, H, W)."""
    kernel = image.new_tensor([[0.0, 1.0, 0.0], [1.0, -4.0, 1.0], [0.0, 1.0, 0.0]])
    padded = functional.pad(grey(image), (1, 1, 1, 1), mode="replicate")
    return functional.conv2d(padded, kernel[None, None]).abs()


def change_mask(difference: Tensor) -> Tensor:
    """Return soft membership (N, 1, H, W) of the edited region, from edit minus source."""
    strength = functional.avg_pool2d(difference.abs().mean(1, keepdim=True), 3, 1, 1)
    return torch.sigmoid((strength - _THRESHOLD) / _SOFTNESS)


def _mean_in(values: Tensor, mask: Tensor) -> Tensor:
    """Return the mean (N, C) of values (N, C, H, W) weighted by a mask (N, 1, H, W)."""
    total = mask.sum((2, 3)) + _EPS * mask[0, 0].numel()
    return (values * mask).sum((2, 3)) / total


def _quantiles(values: Tensor) -> Tensor:
    flat = values.flatten(1)
    levels = values.new_tensor([0.1, 0.5, 0.9, 0.98])
    return torch.quantile(flat, levels, dim=1).T  # (N, 4)


def _shape(mask: Tensor) -> Tensor:
    """Return centre, spread, outline and touch of the border of the edited region, (N, 6)."""
    height, width = mask.shape[2:]
    y = torch.linspace(-1, 1, height, device=mask.device)[:, None]
    x = torch.linspace(-1, 1, width, device=mask.device)[None, :]
    total = mask.sum((1, 2, 3)) + _EPS * height * width
    cx, cy = (mask[:, 0] * x).sum((1, 2)) / total, (mask[:, 0] * y).sum((1, 2)) / total
    sx = (((mask[:, 0] * (x - cx[:, None, None]) ** 2).sum((1, 2)) / total) + _EPS).sqrt()
    sy = (((mask[:, 0] * (y - cy[:, None, None]) ** 2).sum((1, 2)) / total) + _EPS).sqrt()
    outline = (mask.diff(dim=2).abs().mean((1, 2, 3))) + mask.diff(dim=3).abs().mean((1, 2, 3))
    border = (mask[:, 0, 0].mean(1) + mask[:, 0, -1].mean(1) + mask[:, 0, :, 0].mean(1)) / 3
    return torch.stack([cx, cy, sx, sy, outline, border], 1)


def _blocks(image: Tensor) -> Tensor:
    """Return how much luma steps stand out at any phase of an 8-pixel grid, (N, 2)."""
    luma = grey(image)[:, 0]
    out = []
    for axis in (1, 2):
        steps = luma.diff(dim=axis).abs().mean(3 - axis)  # (N, length - 1)
        usable = steps[:, : steps.shape[1] // 8 * 8].reshape(len(steps), -1, 8).mean(1)  # (N, 8)
        out.append(usable.amax(1) / (usable.mean(1) + _EPS))
    return torch.stack(out, 1).log()


def pair_statistics(source: Tensor, edit: Tensor) -> Tensor:
    """Return measurements (N, `n_statistics()`) of edits against sources (N, 3, H, W) in 0..1."""
    difference = edit - source
    strength = difference.abs().mean(1, keepdim=True)
    mask = change_mask(difference)
    rest = 1 - mask
    fine_s, fine_e = detail(source), detail(edit)
    fine = torch.log(fine_e + 0.01) - torch.log(fine_s + 0.01)
    colour_s, colour_e = _mean_in(source, mask), _mean_in(edit, mask)
    spread_s = (_mean_in(source**2, mask) - colour_s**2).clamp(min=0).add(_EPS).sqrt()
    spread_e = (_mean_in(edit**2, mask) - colour_e**2).clamp(min=0).add(_EPS).sqrt()
    chroma_s, chroma_e = (image.amax(1, keepdim=True) - image.amin(1, keepdim=True)
                          for image in (source, edit))  # fmt: skip
    area = mask.mean((2, 3))
    return torch.cat(
        [
            area,
            torch.log(area + 0.002),
            _quantiles(strength),
            strength.mean((2, 3)),
            functional.max_pool2d(functional.avg_pool2d(strength, 8), strength.shape[-1] // 8)[
                :, :, 0, 0
            ],
            _mean_in(difference, rest),
            _mean_in(difference.abs(), rest),
            _mean_in(difference, mask),
            colour_s,
            colour_e,
            spread_e - spread_s,
            _mean_in(chroma_e - chroma_s, mask),
            _mean_in(chroma_e - chroma_s, rest),
            _mean_in(fine, mask),
            _mean_in(fine, rest),
            _mean_in(fine.abs(), rest),
            _mean_in(fine_e, mask) - _mean_in(fine_s, mask),
            functional.max_pool2d(functional.avg_pool2d(fine.abs(), 8), fine.shape[-1] // 8)[
                :, :, 0, 0
            ],
            _shape(mask),
            _blocks(edit) - _blocks(source),
        ],
        1,
    )


def n_statistics() -> int:
    """Return how many measurements `pair_statistics` makes."""
    blank = torch.zeros(1, 3, 16, 16)
    return int(pair_statistics(blank, blank).shape[1])
