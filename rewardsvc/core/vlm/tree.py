"""Token sequences as levels of a prefix tree: each shared prefix is computed once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from rewardsvc.core.vlm.layout import IMAGE, REWARD, Segment, TokenPath


class Grid(NamedTuple):
    """Rows and columns of an image's visual tokens."""

    rows: int
    columns: int


@dataclass(frozen=True)
class Level:
    """The segments at one depth, padded on the right.

    ids: (n, L) long as in `Segment`, 0 for padding. mask: (n, L) True for tokens.
    positions: (3, n, L) of time, row and column. parent: (n,) row in the level above, None at the
    top. pictures: images in the order of their tokens, row by row. reads: (R, 2) row and column
    of the reward tokens, in the order of the paths. key: the tokens of a level that is one segment
    without images at the top, else None.
    """

    ids: Tensor
    mask: Tensor
    positions: Tensor
    parent: Tensor | None
    pictures: tuple[int, ...]
    reads: Tensor
    key: tuple[int, ...] | None = None

    def to(self, device: torch.device) -> "Level":
        parent = None if self.parent is None else self.parent.to(device)
        return Level(
            self.ids.to(device),
            self.mask.to(device),
            self.positions.to(device),
            parent,
            self.pictures,
            self.reads.to(device),
            self.key,
        )


@dataclass
class _Node:
    """A segment in the tree: the row of its parent, its positions, and the next free position."""

    segment: Segment
    parent: int
    positions: Tensor
    end: int


def build(paths: Sequence[TokenPath], grids: Sequence[Grid], *, sequential: bool) -> list[Level]:
    """Return the levels of the tree of paths, which must all have the same depth.

    grids: one per image. sequential: positions count tokens, as in the released Qwen2.5 models;
    otherwise visual tokens have grid positions (multimodal rotary embeddings).
    """
    depth = len(paths[0])
    levels: list[list[_Node]] = []
    rows = [0] * len(paths)
    for k in range(depth):
        nodes: list[_Node] = []
        row_of: dict[tuple[int, Segment], int] = {}
        for n, path in enumerate(paths):
            key = (rows[n] if k else 0, path[k])
            if key not in row_of:
                start = levels[k - 1][key[0]].end if k else 0
                positions = _positions(path[k], grids, start, sequential=sequential)
                end = int(positions.max()) + 1 if positions.numel() else start
                row_of[key] = len(nodes)
                nodes.append(_Node(path[k], key[0], positions, end))
            rows[n] = row_of[key]
        levels.append(nodes)
    return [_level(nodes, k, rows if k == depth - 1 else None) for k, nodes in enumerate(levels)]


def _positions(segment: Segment, grids: Sequence[Grid], start: int, *, sequential: bool) -> Tensor:
    """Return the positions (3, L) of a segment whose first position is `start`."""
    if sequential or not segment.pictures:
        return (torch.arange(len(segment.ids)) + start).expand(3, -1)
    parts, index, pictures = [], 0, list(segment.pictures)
    while index < len(segment.ids):
        if segment.ids[index] == IMAGE:
            picture, tokens = pictures.pop(0)
            grid = grids[picture]
            row = torch.arange(grid.rows).repeat_interleave(grid.columns)
            column = torch.arange(grid.columns).repeat(grid.rows)
            parts.append(torch.stack([torch.zeros_like(row), row, column]) + start)
            index += tokens
            start += max(grid)
        else:
            parts.append(torch.full((3, 1), start))
            index += 1
            start += 1
    return torch.cat(parts, 1)


def _level(nodes: Sequence[_Node], depth: int, leaves: Sequence[int] | None) -> Level:
    lengths = [len(node.segment.ids) for node in nodes]
    shape = (len(nodes), max(lengths))
    ids = torch.zeros(shape, dtype=torch.long)
    mask = torch.zeros(shape, dtype=torch.bool)
    positions = torch.ones(3, *shape, dtype=torch.long)
    for n, (node, length) in enumerate(zip(nodes, lengths, strict=True)):
        ids[n, :length] = torch.tensor(node.segment.ids)
        mask[n, :length] = True
        positions[:, n, :length] = node.positions
    reads = []
    for row in leaves or ():
        columns = [c for c, each in enumerate(nodes[row].segment.ids) if each <= REWARD]
        reads += [(row, column) for column in columns]
    return Level(
        ids,
        mask,
        positions,
        torch.tensor([node.parent for node in nodes]) if depth else None,
        tuple(picture for node in nodes for picture, _ in node.segment.pictures),
        torch.tensor(reads, dtype=torch.long).reshape(-1, 2),
        _prefix_key(nodes) if not depth else None,
    )


def _prefix_key(nodes: Sequence[_Node]) -> tuple[int, ...] | None:
    """Return the tokens of a prefix that is the same for all edits; None where there is none."""
    if len(nodes) > 1 or nodes[0].segment.pictures:
        return None
    return nodes[0].segment.ids


def by_length(level: Level, tokens: Sequence[int]) -> list[tuple[Level, Tensor]]:
    """Return the rows of a level in parts of equal length, without padding.

    tokens: number of visual tokens of every image. Each part comes with the indices (r,) of its
    reads in the level's `reads`.
    """
    lengths = level.mask.sum(1)
    pictures = _pictures_by_row(level, tokens)
    parts = []
    for length in torch.unique(lengths).tolist():
        rows = torch.nonzero(lengths == length)[:, 0]
        new = torch.full((len(lengths),), -1, device=rows.device)
        new[rows] = torch.arange(len(rows), device=rows.device)
        indices = torch.nonzero(new[level.reads[:, 0]] >= 0)[:, 0]
        reads = level.reads[indices]
        part = Level(
            level.ids[rows, :length],
            level.mask[rows, :length],
            level.positions[:, rows, :length],
            None,
            tuple(picture for row in rows.tolist() for picture in pictures[row]),
            torch.stack([new[reads[:, 0]], reads[:, 1]], 1),
        )
        parts.append((part, indices))
    return parts


def _pictures_by_row(level: Level, tokens: Sequence[int]) -> list[list[int]]:
    remaining, found = iter(level.pictures), []
    for count in (level.ids == IMAGE).sum(1).tolist():
        row: list[int] = []
        while count > sum(tokens[picture] for picture in row):
            row.append(next(remaining))
        found.append(row)
    return found
