"""Fixed measurements of what an edit changed in its source: no parameters to train.

A network trained from scratch on some hundred judgments does not learn these by itself: how much
changed and where; tone shifts outside the changed region; fine detail (noise, blur, blocks, hard
lines) that appeared or vanished; named colours in the changed region before and after. Small
displacements and gains, which viewers do not notice, do not count as a change.
"""

from functools import cache

import torch
from torch import Tensor
from torch.nn import functional

from rewardsvc.core.compact.colours import COLOURS, named

_GRID = 16  # cells per side of the coarse comparison
_TILES = 8  # tiles per side over which detail is compared
_CHANGED = (0.05, 0.012)  # threshold of a changed pixel, and the width of the soft step there
_EPS = 1e-4


def _grey(image: Tensor) -> Tensor:
    weights = image.new_tensor([0.299, 0.587, 0.114])
    return (image * weights[:, None, None]).sum(1, keepdim=True)


def laplacian(image: Tensor) -> Tensor:
    """Return the absolute Laplacian of every channel, (N, C, H, W)."""
    kernel = image.new_tensor([[0.0, 1.0, 0.0], [1.0, -4.0, 1.0], [0.0, 1.0, 0.0]])[None, None]
    channels = image.flatten(0, 1)[:, None]
    padded = functional.pad(channels, (1, 1, 1, 1), mode="replicate")
    return functional.conv2d(padded, kernel).view(image.shape).abs()


def _smooth(image: Tensor) -> Tensor:
    return functional.avg_pool2d(functional.pad(image, (1, 1, 1, 1), mode="replicate"), 3, 1)


def _tiled(values: Tensor, n: int) -> Tensor:
    return functional.avg_pool2d(values, values.shape[-1] // n)


def _quantiles(values: Tensor, levels: list[float]) -> Tensor:
    """Return quantiles over space of each channel, (N, C * levels)."""
    flat = values.flatten(2)  # (N, C, cells)
    found = torch.quantile(flat, flat.new_tensor(levels), dim=2)  # (levels, N, C)
    return found.permute(1, 2, 0).flatten(1)


def _mean_in(values: Tensor, mask: Tensor) -> Tensor:
    """Return the mean (N, C) of values (N, C, H, W) weighted by a mask (N, 1, H, W)."""
    total = mask.sum((2, 3)) + _EPS * mask[0, 0].numel() + 1
    return (values * mask).sum((2, 3)) / total


def _spread_in(values: Tensor, mask: Tensor) -> Tensor:
    variance = _mean_in(values**2, mask) - _mean_in(values, mask) ** 2
    return (variance.clamp(min=0) + _EPS).sqrt()


def difference(source: Tensor, edit: Tensor) -> Tensor:
    """Return the change (N, 1, H, W) of each pixel, the minimum over small displacements."""
    height, width = source.shape[2:]
    reach = max(1, round(height / 64))
    padded = functional.pad(edit, (reach,) * 4, mode="replicate")
    least: Tensor | None = None
    for y in range(2 * reach + 1):
        for x in range(2 * reach + 1):
            moved = padded[:, :, y : y + height, x : x + width]
            gap = (moved - source).abs().mean(1, keepdim=True)
            least = gap if least is None else torch.minimum(least, gap)
    assert least is not None  # noqa: S101 - the window is never empty
    return least


def change_mask(change: Tensor) -> Tensor:
    """Return soft membership (N, 1, H, W) of the changed region."""
    threshold, softness = _CHANGED
    return torch.sigmoid((_smooth(change) - threshold) / softness)


def _amount(change: Tensor, raw: Tensor, mask: Tensor) -> list[Tensor]:
    area = mask.mean((2, 3))
    small, tiles = _tiled(change, 64), _tiled(change, _TILES).flatten(1)
    return [
        area,
        (area + 0.003).log(),
        _quantiles(small, [0.25, 0.5, 0.75, 0.9, 0.97, 0.995]).sqrt(),
        _quantiles(_tiled(raw, 64), [0.1, 0.5, 0.9, 0.98]).sqrt(),
        change.mean((2, 3)).sqrt(),
        raw.mean((2, 3)).sqrt(),
        tiles.amax(1, keepdim=True),
        tiles.amin(1, keepdim=True),
        (tiles > 0.05).float().mean(1, keepdim=True),  # noqa: PLR2004 - a visible change
        (tiles > 0.1).float().mean(1, keepdim=True),  # noqa: PLR2004 - a strong one
    ]


def _tone(source: Tensor, edit: Tensor, mask: Tensor) -> list[Tensor]:
    """Return colour shifts: over the whole image, inside and outside the changed region."""
    rest, gap = 1 - mask, edit - source
    small_s, small_e = _tiled(source, 32), _tiled(edit, 32)
    median = _quantiles(small_e - small_s, [0.5])
    ratio = _quantiles((small_e + 0.05).log() - (small_s + 0.05).log(), [0.25, 0.5, 0.75])
    middle = ratio[:, 1::3]
    tint = torch.stack([middle[:, 0] - middle[:, 1], middle[:, 1] - middle[:, 2]], 1)
    chroma_s, chroma_e = (i.amax(1, keepdim=True) - i.amin(1, keepdim=True) for i in (source, edit))
    chroma = chroma_e - chroma_s
    return [
        median,
        median.abs(),
        ratio,
        tint,
        tint.abs(),
        _mean_in(gap, rest),
        _mean_in(gap.abs(), rest),
        _mean_in(gap, mask),
        _mean_in(source, mask),
        _mean_in(edit, mask),
        _spread_in(source, mask),
        _spread_in(edit, mask) - _spread_in(source, mask),
        _mean_in(chroma, mask),
        _mean_in(chroma, rest),
        chroma.mean((2, 3)),
        chroma_e.mean((2, 3)),
    ]


def _detail(source: Tensor, edit: Tensor, mask: Tensor) -> list[Tensor]:
    """Return how fine detail differs between source and edit: luma at two scales, and colour."""
    rest, out = 1 - mask, []
    luma = [_grey(image) for image in (source, edit)]
    fine = [laplacian(image) for image in luma]
    coarser = [laplacian(functional.avg_pool2d(image, 2)) for image in luma]
    opponent = [torch.stack([i[:, 0] - i[:, 1], i[:, 1] - i[:, 2]], 1) for i in (source, edit)]
    colour = [laplacian(image).mean(1, keepdim=True) for image in opponent]
    for before, after in (fine, coarser, colour):
        log_ratio = (_tiled(after, _TILES) + 0.004).log() - (_tiled(before, _TILES) + 0.004).log()
        out += [_quantiles(log_ratio, [0.02, 0.15, 0.5, 0.85, 0.98]), log_ratio.mean((2, 3))]
    out += [(level + 0.004).log().mean((2, 3)) for level in (*fine, *colour)]
    ratio = (fine[1] + 0.01).log() - (fine[0] + 0.01).log()
    out += [_mean_in(ratio, mask), _mean_in(ratio, rest)]
    for before, after in (fine, colour):
        out += [_mean_in(after - before, mask), _mean_in(after - before, rest)]
    return out


def _lines(source: Tensor, edit: Tensor) -> list[Tensor]:
    """Return how strongly straight vertical and horizontal edges appeared: traces of a paste."""
    out = []
    for axis in (3, 2):
        steps_s, steps_e = (_grey(image).diff(dim=axis).abs() for image in (source, edit))
        near_s, near_e = (functional.max_pool2d(s, 5, 1, 2) for s in (steps_s, steps_e))
        new, gone = (steps_e - near_s).clamp(0, 0.3), (steps_s - near_e).clamp(0, 0.3)
        length = source.shape[-1] // 8
        runs = functional.avg_pool2d(new, (length, 1) if axis == 3 else (1, length), 1)  # noqa: PLR2004
        strongest = runs.flatten(1).topk(20, 1)[0]
        out += [strongest[:, :1], strongest[:, -1:], new.mean((2, 3)) * 10, gone.mean((2, 3)) * 10]
    return out


def _structure(source: Tensor, edit: Tensor, mask: Tensor) -> list[Tensor]:
    """Return how well edges kept their position: inside the change, outside it, overall."""

    def gradient(image: Tensor) -> Tensor:
        luma = _grey(image)
        across = functional.pad(luma.diff(dim=3), (0, 1))
        return torch.cat([across, functional.pad(luma.diff(dim=2), (0, 0, 0, 1))], 1)

    before, after = gradient(source), gradient(edit)
    out = []
    for weight in (mask, 1 - mask, torch.ones_like(mask)):
        energy_s, energy_e = ((g**2 * weight).sum((1, 2, 3)) for g in (before, after))
        common = (before * after * weight).sum((1, 2, 3))
        out.append((common / ((energy_s * energy_e).sqrt() + 1e-3))[:, None])
        out.append(((energy_e + 1e-3).log() - (energy_s + 1e-3).log())[:, None])
    return out


def _location(mask: Tensor) -> list[Tensor]:
    """Return centre and spread of a region, and the length of its outline."""
    height, width = mask.shape[2:]
    y = torch.linspace(-1, 1, height, device=mask.device)[:, None].expand(height, width)
    x = torch.linspace(-1, 1, width, device=mask.device)[None, :].expand(height, width)
    where = torch.stack([x, y])[None].expand(len(mask), -1, -1, -1)
    outline = mask.diff(dim=2).abs().mean((2, 3)) + mask.diff(dim=3).abs().mean((2, 3))
    return [_mean_in(where, mask), _spread_in(where, mask), outline]


def _pieces(mask: Tensor) -> Tensor:
    """Return the soft Euler number (N, 1) of a region (N, 1, n, n): components minus holes."""
    cells = mask.sum((2, 3))
    horizontal = (mask[:, :, :, 1:] * mask[:, :, :, :-1]).sum((2, 3))
    vertical = (mask[:, :, 1:] * mask[:, :, :-1]).sum((2, 3))
    blocks = mask[:, :, 1:, 1:] * mask[:, :, :-1, 1:] * mask[:, :, 1:, :-1] * mask[:, :, :-1, :-1]
    return (cells - horizontal - vertical + blocks.sum((2, 3))).clamp(-20, 40) / 5


def _coarse(source: Tensor, edit: Tensor) -> list[Tensor]:
    """Compare the mean colours of large cells, in which blur and noise average out.

    Once relative to the median shift of the whole image, once without this correction.
    """
    small_s, small_e = _tiled(source, _GRID), _tiled(edit, _GRID)
    ratio = (small_e + 0.06).log() - (small_s + 0.06).log()
    local = ratio - ratio.flatten(2).median(2)[0][:, :, None, None]
    out = []
    for values in (local, ratio):
        strength = values.abs().mean(1, keepdim=True)
        out.append(_quantiles(strength, [0.25, 0.5, 0.75, 0.9, 0.97, 1.0]))
        for threshold in (0.12, 0.25, 0.5):
            region = torch.sigmoid((strength - threshold) / (threshold * 0.15))
            share = region.mean((2, 3))
            out += [share, (share + 0.01).log(), _pieces(region)]
        region = torch.sigmoid((strength - 0.2) / 0.03)
        out += [region.amax(2).mean(2), region.amax(3).mean(2), *_location(region)]
    region = torch.sigmoid((local.abs().mean(1, keepdim=True) - 0.2) / 0.03)
    out += [_mean_in(local, region), _spread_in(local, region)]
    flat = torch.stack([_grey(small_s).flatten(1), _grey(small_e).flatten(1)])
    flat = flat - flat.mean(2, keepdim=True)
    return [*out, functional.cosine_similarity(flat[0], flat[1], dim=1)[:, None]]


def measure(source: Tensor, edit: Tensor) -> Tensor:
    """Return measurements (N, `n_measurements()`) of edits against sources (N, 3, H, W) in 0..1.

    The last 3 * len(COLOURS) are shares of named colours: in the changed region of the source, in
    that of the edit, and the difference (edit minus source) over the whole image.
    """
    smooth_s, smooth_e = _smooth(source), _smooth(edit)
    change = difference(smooth_s, smooth_e)
    raw = (smooth_e - smooth_s).abs().mean(1, keepdim=True)
    mask = change_mask(change)
    colours_s, colours_e = named(smooth_s), named(smooth_e)
    parts = [
        *_amount(change, raw, mask),
        *_tone(source, edit, mask),
        *_detail(source, edit, mask),
        *_lines(source, edit),
        *_structure(smooth_s, smooth_e, mask),
        *_location(mask),
        *_coarse(source, edit),
        _mean_in(colours_s, mask),
        _mean_in(colours_e, mask),
        (colours_e - colours_s).mean((2, 3)),
    ]
    return torch.cat(parts, 1)


@cache
def n_measurements() -> int:
    """Return the number of measurements per edit."""
    blank = torch.zeros(1, 3, 64, 64)
    return int(measure(blank, blank).shape[1])


N_COLOURS = len(COLOURS)
