"""A vision-language model with reward tokens: images and token segments to Gaussian rewards."""

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


class VisualTokens(NamedTuple):
    """Visual tokens (tokens, hidden) of an image; deep: what Qwen3-VL adds in its first layers."""

    tokens: Tensor
    deep: tuple[Tensor, ...] = ()


class Context(NamedTuple):
    """Cached keys and values of a level, (n, heads, P, size) per layer, and their mask (n, P)."""

    layers: tuple[tuple[Tensor, Tensor], ...]
    mask: Tensor

    def take(self, rows: Tensor) -> "Context":
        return Context(tuple((k[rows], v[rows]) for k, v in self.layers), self.mask[rows])


class VisionLanguageNetwork(nn.Module):
    """The backbone, a trainable embedding per reward token, and the heads.

    The backbone's embedding table is not trained. Reward tokens are embedded by `reward_rows`.
    """

    covariance: Tensor

    def __init__(self, backbone: nn.Module, heads: RewardHeads, reward_rows: Tensor) -> None:
        super().__init__()
        self.backbone, self.heads = backbone, heads
        self.reward_rows = nn.Parameter(reward_rows)
        # Posterior covariance of the last layers' weights; zeros until it is fitted.
        self.register_buffer("covariance", torch.zeros(heads.n_features, heads.n_features))

    @property
    def hidden(self) -> int:
        return int(self.reward_rows.shape[1])

    @property
    def merge(self) -> int:
        """Side of the square of patches that one visual token covers."""
        return int(self._vision.spatial_merge_size)

    @property
    def _vision(self) -> Any:
        return self.backbone.visual

    @property
    def _text(self) -> Any:
        return self.backbone.language_model

    def encode_images(self, pictures: Sequence[Patches]) -> list[VisualTokens]:
        """Return the visual tokens of each image."""
        device, dtype = self.reward_rows.device, self._vision.dtype
        pixels = torch.cat([picture.pixels for picture in pictures]).to(device, dtype)
        grid = torch.tensor([[1, each.rows, each.columns] for each in pictures], device=device)
        merged, layers = _visual_tokens(self._vision(pixels, grid_thw=grid))
        counts = [each.tokens for each in pictures]
        tokens = merged.split(counts)
        deep = [layer.split(counts) for layer in layers]
        return [VisualTokens(t, tuple(layer[n] for layer in deep)) for n, t in enumerate(tokens)]

    def states(
        self,
        levels: Sequence[Level],
        encoded: Sequence[VisualTokens],
        prefixes: dict[tuple[int, ...], Context] | None = None,
    ) -> Tensor:
        """Return the hidden states (R, hidden) at the reward tokens of the last level.

        prefixes: a cache of the contexts of constant prefixes by their tokens, which is extended.
        Raises RewardError for shared prefixes under kernels without a mask.
        """
        if self._has_no_mask:
            return self._whole_rows(levels, encoded)
        context: Context | None = None
        for depth, level in enumerate(levels[:-1]):
            if prefixes is not None and level.key is not None and level.key in prefixes:
                context = prefixes[level.key]
                continue
            _, context = self._pass(level, encoded, self._above(context, level), keep=True)
            if not depth and prefixes is not None and level.key is not None:
                prefixes[level.key] = context  # type: ignore[assignment]
        last = levels[-1]
        out, _ = self._pass(last, encoded, self._above(context, last), keep=False)
        reads: Tensor = out[last.reads[:, 0], last.reads[:, 1]]
        return reads

    @property
    def _has_no_mask(self) -> bool:
        return bool(self._text.config._attn_implementation == FLASH)  # noqa: SLF001

    def _whole_rows(self, levels: Sequence[Level], encoded: Sequence[VisualTokens]) -> Tensor:
        """Compute rows of one length at a time: flash attention would attend to padding."""
        if len(levels) > 1:
            raise RewardError(f"{FLASH} computes whole sequences: it cannot share beginnings")
        parts, order = [], []
        for part, positions in by_length(levels[0], [len(each.tokens) for each in encoded]):
            out, _ = self._pass(part, encoded, None, keep=False)
            parts.append(out[part.reads[:, 0], part.reads[:, 1]])
            order.append(positions)
        return torch.cat(parts)[torch.cat(order).argsort()]

    @staticmethod
    def _above(context: Context | None, level: Level) -> Context | None:
        if context is None or level.parent is None:
            return None
        return context.take(level.parent)

    def _pass(
        self, level: Level, encoded: Sequence[VisualTokens], above: Context | None, *, keep: bool
    ) -> tuple[Tensor, Context | None]:
        from transformers import DynamicCache

        cache = None
        if above is not None or keep:
            cache = DynamicCache()
            for n, (keys, values) in enumerate(above.layers if above else ()):
                cache.update(keys, values, n)
        visual = level.ids == IMAGE
        out = self._text(
            inputs_embeds=self._embedded(level, encoded, visual),
            attention_mask=self._mask(level, above),
            position_ids=_four_rows(level, above),
            past_key_values=cache,
            use_cache=cache is not None,
            **self._deep(level, encoded, visual),
        ).last_hidden_state
        if not keep or cache is None:
            return out, None
        mask = level.mask if above is None else torch.cat([above.mask, level.mask], 1)
        layers: Any = cache.layers
        return out, Context(tuple((each.keys, each.values) for each in layers), mask)

    def _mask(self, level: Level, above: Context | None) -> Tensor:
        if above is None and bool(level.mask.all()):
            # Without a mask, transformers would take grid positions for packed sequences.
            return level.mask
        return _attention(level.mask, above.mask if above else None)

    def _embedded(self, level: Level, encoded: Sequence[VisualTokens], visual: Tensor) -> Tensor:
        table = self._text.embed_tokens
        out = table(level.ids.clamp(min=0))
        is_reward = level.ids <= REWARD
        rows = self.reward_rows[(REWARD - level.ids)[is_reward]].to(out.dtype)
        out = out.masked_scatter(is_reward[..., None], rows)
        if level.pictures:
            images = torch.cat([encoded[n].tokens for n in level.pictures]).to(out.dtype)
            out = out.masked_scatter(visual[..., None], images)
        embedded: Tensor = out
        return embedded

    def _deep(
        self, level: Level, encoded: Sequence[VisualTokens], visual: Tensor
    ) -> dict[str, Any]:
        if not level.pictures or not encoded[level.pictures[0]].deep:
            return {}
        layers = zip(*(encoded[n].deep for n in level.pictures), strict=True)
        return {
            "visual_pos_masks": visual,
            "deepstack_visual_embeds": [torch.cat(layer) for layer in layers],
        }

    def rewards(self, states: Tensor) -> tuple[Tensor, Tensor]:
        """Return mu and log sigma (N, D) of states (N * reads, hidden), edit by edit."""
        mu, log_sigma = self.heads(states.reshape(-1, self.heads.reads, states.shape[1]))
        return mu, log_sigma


def _visual_tokens(out: Any) -> tuple[Any, Sequence[Any]]:
    """Return the merged tokens and the deep layers from a vision tower's output.

    transformers 5 returns named fields; 4.57 returns the tokens, or a pair.
    """
    if isinstance(out, Tensor):
        return out, ()
    if isinstance(out, tuple):
        return out[0], out[1]
    return out.pooler_output, getattr(out, "deepstack_features", None) or ()


def _four_rows(level: Level, above: Context | None) -> Tensor:
    """Return positions (4, n, L): the token index, then time, row and column.

    Without the token index, some releases take a grid's repeated positions for packed sequences.
    """
    n, length = level.mask.shape
    before = above.mask.shape[1] if above else 0
    index = torch.arange(before, before + length, device=level.mask.device)
    return torch.cat([index.expand(1, n, -1), level.positions])


def _attention(mask: Tensor, above: Tensor | None) -> Tensor:
    """Return the attention mask (n, 1, L, P + L): True where a token attends to a key."""
    n, length = mask.shape
    causal = torch.ones(length, length, dtype=torch.bool, device=mask.device).tril()
    out = causal & mask[:, None, :]
    # A padded token attends to itself: the softmax of a row without keys would be NaN.
    out = out | torch.eye(length, dtype=torch.bool, device=mask.device)
    if above is not None:
        out = torch.cat([above[:, None, :].expand(n, length, -1), out], 2)
    return out[:, None]


def check_rows(rows: Tensor, hidden: int) -> None:
    """Raise CheckpointError if the reward rows do not have the backbone's width."""
    if rows.shape[1] != hidden:
        raise CheckpointError(f"reward rows are {rows.shape[1]} wide, the backbone {hidden}")
