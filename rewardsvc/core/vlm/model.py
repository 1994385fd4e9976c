"""The vision-language reward model: sources, edits and instructions to Gaussian rewards."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torch import Tensor, nn

from annotation.items.imaging.presentation import OWN
from rewardsvc.core import scoring
from rewardsvc.core.data.files import ImagePath
from rewardsvc.core.data.pictures import SHOWN
from rewardsvc.core.data.triples import Triple
from rewardsvc.core.vlm.batch import VlmBatch, collate
from rewardsvc.core.vlm.family import Family
from rewardsvc.core.vlm.images import PatchStore
from rewardsvc.core.vlm.layout import Layout, Question, TokenPath, unique_paths
from rewardsvc.core.vlm.network import Context, VisionLanguageNetwork, VisualTokens
from rewardsvc.core.vlm.patches import PixelRule, read_patches
from rewardsvc.core.vlm.prompts import PROMPTS
from rewardsvc.core.vlm.tree import Grid, build
from rewardsvc.core.vlm.tuning import parameter_groups

_BATCH_TOKENS = 8_192  # visual tokens a batch: some 26 edits of 5 items


@dataclass(frozen=True)
class VlmFeatures:
    """Visual tokens and grids of every image; source, edit: (N,) rows of each edit's two images."""

    encoded: tuple[VisualTokens, ...]
    grids: tuple[Grid, ...]
    source: tuple[int, ...]
    edit: tuple[int, ...]

    def take(self, rows: Tensor) -> "VlmFeatures":
        chosen = rows.tolist()
        return replace(
            self,
            source=tuple(self.source[n] for n in chosen),
            edit=tuple(self.edit[n] for n in chosen),
        )


@dataclass(frozen=True)
class VlmTexts:
    """The instruction of each edit."""

    texts: tuple[str, ...]

    def take(self, rows: Tensor) -> "VlmTexts":
        return VlmTexts(tuple(self.texts[n] for n in rows.tolist()))


class VisionLanguageRewardModel(nn.Module):
    """A network with its prompts, tokenizer and image preprocessing.

    share: compute token prefixes that edits have in common once. Gradients do not depend on it;
    gradient checkpointing requires False. sequential: see `tree.build`.
    """

    def __init__(
        self,
        network: VisionLanguageNetwork,
        layout: Layout,
        rule: PixelRule,
        family: Family,
        *,
        sequential: bool | None = None,
    ) -> None:
        super().__init__()
        self.network, self.layout, self.rule, self.family = network, layout, rule, family
        self.sequential = family.sequential if sequential is None else sequential
        self.share = True
        self.fusion = "mean"
        self.batch_tokens = _BATCH_TOKENS
        self.settings: Any = None
        self.reading = SHOWN
        self.edit_size, self.watermarks = OWN, tuple[str, ...]()
        self._prefixes: dict[tuple[int, ...], Context] = {}

    @property
    def backbone(self) -> str:
        return self.family.name

    @property
    def dimensions(self) -> tuple[str, ...]:
        return self.layout.prompts.dimensions[: self.network.heads.n_dimensions]

    @property
    def device(self) -> torch.device:
        return self.network.reward_rows.device

    def images(self, shas: Iterable[str], image_path: ImagePath) -> PatchStore:
        """Open images by content hash. Raises ImageError."""
        return PatchStore.verified(shas, image_path, self.reading, self.watermarks)

    def collate(self, triples: Sequence[Triple], images: PatchStore) -> VlmBatch:
        """Return the batch of some triples. Raises ImageError."""
        names = dict.fromkeys(name for t in triples for name in t.pictures)
        found = {name: images.patches(name, self.rule) for name in names}
        return collate(
            [
                (t.source_sha, found[t.source_sha], t.edit, found[t.edit], t.instruction)
                for t in triples
            ]
        )

    def augmented(self, batch: VlmBatch, _: object, __: torch.Generator) -> VlmBatch:
        """Return the batch unchanged: the released models were trained on uncropped images."""
        return batch

    def fit_normalization(self, _: object, __: object) -> None:
        """Do nothing: the inputs of this kind have fixed normalization."""

    def describe(self, folder: Path) -> dict[str, Any]:
        """Write the prompts beside the weights; return the model's part of the sidecar."""
        self.layout.prompts.write(folder / PROMPTS)
        return {
            "settings": asdict(self.settings),
            "prompts": PROMPTS,
            "hidden": self.network.hidden,
            "rule": self.rule.to_json(),
        }

    def parameter_groups(self, lr: float) -> list[dict[str, Any]]:
        return parameter_groups(self, lr)

    def encode(self, batch: VlmBatch) -> VlmFeatures:
        """Return the visual tokens of a batch; every image is encoded once."""
        merge = self.rule.merge
        with self._mixed():
            encoded = self.network.encode_images(batch.images)
        return VlmFeatures(
            tuple(encoded),
            tuple(Grid(p.rows // merge, p.columns // merge) for p in batch.images),
            tuple(batch.source.tolist()),
            tuple(range(batch.n_sources, len(batch.images))),
        )

    def encode_text(self, batch: VlmBatch) -> VlmTexts:
        """Return the instructions as text: the language model reads them after the images."""
        return VlmTexts(batch.texts)

    def _mixed(self) -> torch.autocast:
        """Return an autocast context, in bfloat16 if the settings say so."""
        mixed = self.settings is not None and self.settings.precision == "bfloat16"
        return torch.autocast(self.device.type, torch.bfloat16, enabled=mixed)

    def predict(self, features: VlmFeatures, instructions: VlmTexts) -> tuple[Tensor, Tensor]:
        """Return mu and log sigma, (1, N, D) each."""
        mu, log_sigma = self.network.rewards(self._states(features, instructions))
        return mu[None], log_sigma[None]

    def _states(self, features: VlmFeatures, instructions: VlmTexts) -> Tensor:
        """Return the hidden states (N * reads, hidden) at the reward tokens, edit by edit."""
        levels = build(
            unique_paths(self.paths(features, instructions), share=self.share),
            features.grids,
            sequential=self.sequential,
        )
        prefixes = None if torch.is_grad_enabled() or not self.share else self._prefixes
        on_device = [each.to(self.device) for each in levels]
        with self._mixed():
            return self.network.states(on_device, features.encoded, prefixes)

    def last_layer(self, batch: VlmBatch) -> Tensor:
        """Return the inputs of the last layers for each edit, (N, p)."""
        states = self._states(self.encode(batch), self.encode_text(batch).take(batch.text))
        return self.network.heads.features(self._by_edit(states))

    def epistemic(self, batch: VlmBatch) -> tuple[Tensor, Tensor, Tensor]:
        """Return mu, log sigma (N, D) and the fused reward's epistemic deviation (N,).

        NaN for a model without a fitted posterior, such as a released one.
        """
        states = self._states(self.encode(batch), self.encode_text(batch).take(batch.text))
        mu, log_sigma = self.network.rewards(states)
        covariance = self.network.covariance
        if not covariance.any():
            return mu, log_sigma, torch.full_like(mu[:, 0], torch.nan)
        features = self.network.heads.features(self._by_edit(states)).to(covariance)
        if self.fusion == "mean":
            features = features / len(self.dimensions)
        return mu, log_sigma, ((features @ covariance) * features).sum(1).clamp(min=0).sqrt()

    def _by_edit(self, states: Tensor) -> Tensor:
        return states.reshape(-1, self.network.heads.reads, states.shape[1])

    def paths(self, features: VlmFeatures, instructions: VlmTexts) -> list[TokenPath]:
        """Return the token paths of all edits, in order."""
        rows = zip(features.source, features.edit, instructions.texts, strict=True)
        return [
            path
            for source, edit, text in rows
            for path in self.layout.paths(
                Question(source, edit, _area(features, source), _area(features, edit), text)
            )
        ]

    def forward(self, batch: VlmBatch) -> tuple[Tensor, Tensor]:
        """Return mu and log sigma, (N, D) each."""
        mu, log_sigma = self.predict(self.encode(batch), self.encode_text(batch).take(batch.text))
        return mu[0], log_sigma[0]

    def portions(
        self, questions: Sequence[scoring.Question], size_of: Callable[[str], tuple[int, int]]
    ) -> list[list[int]]:
        """Return rows of batches of about `batch_tokens` visual tokens, with little padding.

        Edits of one item stay together, since they share its source. Items are sorted by length.
        """
        items: dict[tuple[str, str], list[int]] = {}
        for n, question in enumerate(questions):
            items.setdefault((question.source, question.instruction), []).append(n)

        def tokens(digest: str) -> int:
            wide, high = self.rule.size(*size_of(digest))
            return wide * high // self.rule.factor**2

        def length(rows: list[int]) -> tuple[int, int]:
            first = questions[rows[0]]
            return tokens(first.source), len(first.instruction)

        out: list[list[int]] = [[]]
        tokens_left = self.batch_tokens
        for rows in sorted(items.values(), key=length):
            for k, row in enumerate(rows):
                cost = tokens(questions[row].edit)
                cost += tokens(questions[row].source) if not k else 0
                if out[-1] and cost > tokens_left:
                    out.append([])
                    tokens_left = self.batch_tokens
                out[-1].append(row)
                tokens_left -= cost
        return out

    def batch(
        self, questions: Sequence[scoring.Question], image: Callable[[str], Image.Image]
    ) -> VlmBatch:
        """Return the patches and texts of some questions; each image is opened once."""
        digests = dict.fromkeys(d for q in questions for d in (q.source, q.edit))
        opened = read_patches(digests, image, self.rule)
        return collate(
            [(q.source, opened[q.source], q.edit, opened[q.edit], q.instruction) for q in questions]
        )

    def train(self, mode: bool = True) -> Any:  # noqa: FBT001, FBT002 - torch's signature
        # The cached prefixes were computed with the previous weights.
        self._prefixes.clear()
        return super().train(mode)


def _area(features: VlmFeatures, picture: int) -> int:
    return features.grids[picture].rows * features.grids[picture].columns
