"""A vision-language model read at its reward tokens: images and questions to Gaussian rewards."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from rewardsvc.core.errors import CheckpointError, RewardError
from rewardsvc.core.vlm.heads import RewardHeads
from rewardsvc.core.vlm.layout import IMAGE, REWARD
from rewardsvc.core.vlm.patches import Patches
from rewardsvc.core.vlm.settings import FLASH
from rewardsvc.core.vlm.tree import Level, by_length


class Seen(NamedTuple):
    """Visual tokens of an image (tokens, hidden), and what Qwen3-VL adds in its first layers."""

    tokens: Tensor
    deep: tuple[Tensor, ...] = ()


class Context(NamedTuple):
    """What a level leaves for the next: keys and values (n, heads, P, size) a layer, their mask."""

    layers: tuple[tuple[Tensor, Tensor], ...]
    mask: Tensor

    def take(self, rows: Tensor) -> "Context":
        return Context(tuple((k[rows], v[rows]) for k, v in self.layers), self.mask[rows])


class VisionLanguageNetwork(nn.Module):
    """The backbone, a trainable row per reward token, and the heads.

    The backbone's embedding table stays as it is: reward tokens have rows of their own.
    """

    covariance: Tensor

    def __init__(self, backbone: nn.Module, heads: RewardHeads, reward_rows: Tensor) -> None:
        super().__init__()
        self.backbone, self.heads = backbone, heads
        self.reward_rows = nn.Parameter(reward_rows)
        # Covariance of the last layers' weights; zeros until it is fitted.
        self.register_buffer("covariance", torch.zeros(heads.n_features, heads.n_features))

    @property
    def hidden(self) -> int:
        return int(self.reward_rows.shape[1])

    @property
    def merge(self) -> int:
        """Patches a side that one visual token covers."""
        return int(self._vision.spatial_merge_size)

    @property
    def _vision(self) -> Any:
        return self.backbone.visual

    @property
    def _text(self) -> Any:
        return self.backbone.language_model

    def look(self, pictures: Sequence[Patches]) -> list[Seen]:
        """Return what the vision tower sees of each image; each is encoded once."""
        device, kind = self.reward_rows.device, self._vision.dtype
        pixels = torch.cat([picture.pixels for picture in pictures]).to(device, kind)
        grid = torch.tensor([[1, each.rows, each.columns] for each in pictures], device=device)
        merged, layers = _visual_tokens(self._vision(pixels, grid_thw=grid))
        counts = [each.tokens for each in pictures]
        tokens = merged.split(counts)
        deep = [layer.split(counts) for layer in layers]
        return [Seen(t, tuple(layer[n] for layer in deep)) for n, t in enumerate(tokens)]

    def states(
        self,
        levels: Sequence[Level],
        seen: Sequence[Seen],
        kept: dict[tuple[int, ...], Context] | None = None,
    ) -> Tensor:
        """Return the hidden states (R, hidden) at the reward tokens of the last level.

        kept: contexts of constant beginnings by their tokens, used and added to.
        Raises RewardError for shared beginnings under kernels that take no mask.
        """
        if self._takes_no_mask:
            return self._whole_rows(levels, seen)
        context: Context | None = None
        for depth, level in enumerate(levels[:-1]):
            if kept is not None and level.key is not None and level.key in kept:
                context = kept[level.key]
                continue
            _, context = self._pass(level, seen, self._above(context, level), keep=True)
            if not depth and kept is not None and level.key is not None:
                kept[level.key] = context  # type: ignore[assignment]
        last = levels[-1]
        out, _ = self._pass(last, seen, self._above(context, last), keep=False)
        reads: Tensor = out[last.reads[:, 0], last.reads[:, 1]]
        return reads

    @property
    def _takes_no_mask(self) -> bool:
        return bool(self._text.config._attn_implementation == FLASH)  # noqa: SLF001

    def _whole_rows(self, levels: Sequence[Level], seen: Sequence[Seen]) -> Tensor:
        """Compute rows of one length at a time: flash attention is causal and sees no padding."""
        if len(levels) > 1:
            raise RewardError(f"{FLASH} computes whole sequences: it cannot share beginnings")
        parts, order = [], []
        for part, places in by_length(levels[0], [len(each.tokens) for each in seen]):
            out, _ = self._pass(part, seen, None, keep=False)
            parts.append(out[part.reads[:, 0], part.reads[:, 1]])
            order.append(places)
        return torch.cat(parts)[torch.cat(order).argsort()]

    @staticmethod
    def _above(context: Context | None, level: Level) -> Context | None:
        if context is None or level.parent is None:
            return None
        return context.take(level.parent)

    def _pass(
        self, level: Level, seen: Sequence[Seen], above: Context | None, *, keep: bool
    ) -> tuple[Tensor, Context | None]:
        from transformers import DynamicCache

        cache = None
        if above is not None or keep:
            cache = DynamicCache()
            for n, (keys, values) in enumerate(above.layers if above else ()):
                cache.update(keys, values, n)
        visual = level.ids == IMAGE
        out = self._text(
            inputs_embeds=self._embedded(level, seen, visual),
            attention_mask=self._mask(level, above),
            position_ids=_four_rows(level, above),
            past_key_values=cache,
            use_cache=cache is not None,
            **self._deep(level, seen, visual),
        ).last_hidden_state
        if not keep or cache is None:
            return out, None
        mask = level.mask if above is None else torch.cat([above.mask, level.mask], 1)
        layers: Any = cache.layers
        return out, Context(tuple((each.keys, each.values) for each in layers), mask)

    def _mask(self, level: Level, above: Context | None) -> Tensor:
        if above is None and bool(level.mask.all()):
            # Said, so that positions that stand in a grid are not taken for packed sequences.
            return level.mask
        return _attention(level.mask, above.mask if above else None)

    def _embedded(self, level: Level, seen: Sequence[Seen], visual: Tensor) -> Tensor:
        table = self._text.embed_tokens
        out = table(level.ids.clamp(min=0))
        marks = level.ids <= REWARD
        rows = self.reward_rows[(REWARD - level.ids)[marks]].to(out.dtype)
        out = out.masked_scatter(marks[..., None], rows)
        if level.pictures:
            images = torch.cat([seen[n].tokens for n in level.pictures]).to(out.dtype)
            out = out.masked_scatter(visual[..., None], images)
        embedded: Tensor = out
        return embedded

    def _deep(self, level: Level, seen: Sequence[Seen], visual: Tensor) -> dict[str, Any]:
        if not level.pictures or not seen[level.pictures[0]].deep:
            return {}
        layers = zip(*(seen[n].deep for n in level.pictures), strict=True)
        return {
            "visual_pos_masks": visual,
            "deepstack_visual_embeds": [torch.cat(layer) for layer in layers],
        }

    def rewards(self, states: Tensor) -> tuple[Tensor, Tensor]:
        """Return mu and log sigma (N, D) of states (N * reads, hidden), edit by edit."""
        mu, log_sigma = self.heads(states.reshape(-1, self.heads.reads, states.shape[1]))
        return mu, log_sigma


def _visual_tokens(out: Any) -> tuple[Any, Sequence[Any]]:
    """Return the merged tokens and the deep layers of a vision tower's answer.

    transformers 5 names them; 4.57 returns the tokens alone, or a pair.
    """
    if isinstance(out, Tensor):
        return out, ()
    if isinstance(out, tuple):
        return out[0], out[1]
    return out.pooler_output, getattr(out, "deepstack_features", None) or ()


def _four_rows(level: Level, above: Context | None) -> Tensor:
    """Return positions (4, n, L): of tokens in a row, then of time, row and column.

    Without the first, some releases take a grid's repeated positions for packed sequences.
    """
    n, length = level.mask.shape
    before = above.mask.shape[1] if above else 0
    in_row = torch.arange(before, before + length, device=level.mask.device)
    return torch.cat([in_row.expand(1, n, -1), level.positions])


def _attention(mask: Tensor, above: Tensor | None) -> Tensor:
    """Return who may attend to whom, (n, 1, L, P + L) true."""
    n, length = mask.shape
    causal = torch.ones(length, length, dtype=torch.bool, device=mask.device).tril()
    own = causal & mask[:, None, :]
    # A padded token attends to itself: a row without any key would be no number.
    own = own | torch.eye(length, dtype=torch.bool, device=mask.device)
    if above is not None:
        own = torch.cat([above[:, None, :].expand(n, length, -1), own], 2)
    return own[:, None]


def check_rows(rows: Tensor, hidden: int) -> None:
    """Raise CheckpointError where reward rows do not fit a backbone's width."""
    if rows.shape[1] != hidden:
        raise CheckpointError(f"reward rows are {rows.shape[1]} wide, the backbone {hidden}")
