"""The vision-language reward model: sources, edits and instructions to Gaussian rewards."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torch import Tensor, nn

from rewardsvc.core import scoring
from rewardsvc.core.data.files import ImagePath
from rewardsvc.core.data.preferences import Triple
from rewardsvc.core.vlm.family import Family
from rewardsvc.core.vlm.images import PatchStore
from rewardsvc.core.vlm.layout import Layout, Path_, Question, unique_paths
from rewardsvc.core.vlm.network import Context, Seen, VisionLanguageNetwork
from rewardsvc.core.vlm.patches import Patches, PixelRule, read_patches
from rewardsvc.core.vlm.prompts import PROMPTS
from rewardsvc.core.vlm.tree import Grid, build
from rewardsvc.core.vlm.tuning import parameter_groups

_BATCH_TOKENS = 8_192  # visual tokens a batch: some 26 edits of 5 items


@dataclass(frozen=True)
class VlmBatch:
    """Edits to be scored; images and instructions are listed once and pointed at.

    images: S sources, then N edits, in patches. source: (N,) row of each edit's source in images.
    text: (N,) row in texts.
    """

    images: tuple[Patches, ...]
    n_sources: int
    source: Tensor
    texts: tuple[str, ...]
    text: Tensor

    @property
    def n_edits(self) -> int:
        return len(self.images) - self.n_sources

    @property
    def n_texts(self) -> int:
        return len(self.texts)

    def to(self, device: torch.device) -> "VlmBatch":
        moved = tuple(p._replace(pixels=p.pixels.to(device)) for p in self.images)
        return replace(self, images=moved, text=self.text.to(device))


@dataclass(frozen=True)
class VlmCodes:
    """What the vision tower saw, and which two images each edit is judged by."""

    seen: tuple[Seen, ...]
    grids: tuple[Grid, ...]
    source: tuple[int, ...]
    edit: tuple[int, ...]

    def take(self, rows: Tensor) -> "VlmCodes":
        chosen = rows.tolist()
        return replace(
            self,
            source=tuple(self.source[n] for n in chosen),
            edit=tuple(self.edit[n] for n in chosen),
        )


@dataclass(frozen=True)
class VlmWishes:
    """The instruction of each edit."""

    texts: tuple[str, ...]

    def take(self, rows: Tensor) -> "VlmWishes":
        return VlmWishes(tuple(self.texts[n] for n in rows.tolist()))


class VisionLanguageRewardModel(nn.Module):
    """A network with its words and its reading of images.

    share: beginnings that edits have in common are computed once. Gradients are the same either
    way; only gradient checkpointing cannot share.
    sequential: see `tree.build`.
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
        self._kept: dict[tuple[int, ...], Context] = {}

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
        return PatchStore.verified(shas, image_path)

    def collate(self, triples: Sequence[Triple], images: PatchStore) -> VlmBatch:
        """Return the batch of some triples. Raises ImageError."""
        shas = dict.fromkeys(sha for t in triples for sha in (t.source_sha, t.edit_sha))
        found = {sha: images.patches(sha, self.rule) for sha in shas}
        return collate(
            [
                (t.source_sha, found[t.source_sha], t.edit_sha, found[t.edit_sha], t.instruction)
                for t in triples
            ]
        )

    def augmented(self, batch: VlmBatch, _: object, __: torch.Generator) -> VlmBatch:
        """Return the batch as it is: the released models were trained on whole pictures."""
        return batch

    def begin(self, _: object, __: object) -> None:
        """Nothing is measured before the first step."""

    def describe(self, folder: Path) -> dict[str, Any]:
        """Put the prompts beside the weights; return what the sidecar says of the model."""
        self.layout.prompts.write(folder / PROMPTS)
        return {
            "settings": asdict(self.settings),
            "prompts": PROMPTS,
            "hidden": self.network.hidden,
            "rule": self.rule.to_json(),
        }

    def parameter_groups(self, lr: float) -> list[dict[str, Any]]:
        return parameter_groups(self, lr)

    def encode(self, batch: VlmBatch) -> VlmCodes:
        """Look at every image once."""
        merge = self.rule.merge
        with self._mixed():
            seen = self.network.look(batch.images)
        return VlmCodes(
            tuple(seen),
            tuple(Grid(p.rows // merge, p.columns // merge) for p in batch.images),
            tuple(batch.source.tolist()),
            tuple(range(batch.n_sources, len(batch.images))),
        )

    def read(self, batch: VlmBatch) -> VlmWishes:
        """Return the instructions; they are read together with the images."""
        return VlmWishes(batch.texts)

    def _mixed(self) -> torch.autocast:
        """Compute in bfloat16 where the settings ask for it."""
        mixed = self.settings is not None and self.settings.precision == "bfloat16"
        return torch.autocast(self.device.type, torch.bfloat16, enabled=mixed)

    def answers(self, codes: VlmCodes, wishes: VlmWishes) -> tuple[Tensor, Tensor]:
        """Return mu and log sigma, (1, N, D) each, of edits under their instructions."""
        mu, log_sigma = self.network.rewards(self._states(codes, wishes))
        return mu[None], log_sigma[None]

    def _states(self, codes: VlmCodes, wishes: VlmWishes) -> Tensor:
        """Return the hidden states (N * reads, hidden) at the reward tokens, edit by edit."""
        levels = build(
            unique_paths(self.paths(codes, wishes), share=self.share),
            codes.grids,
            sequential=self.sequential,
        )
        kept = None if torch.is_grad_enabled() or not self.share else self._kept
        placed = [each.to(self.device) for each in levels]
        with self._mixed():
            return self.network.states(placed, codes.seen, kept)

    def last_layer(self, batch: VlmBatch) -> Tensor:
        """Return what the last layers read of each edit, (N, p)."""
        states = self._states(self.encode(batch), self.read(batch).take(batch.text))
        return self.network.heads.features(self._by_edit(states))

    def epistemic(self, batch: VlmBatch) -> tuple[Tensor, Tensor, Tensor]:
        """Return mu, log sigma (N, D) and the fused reward's epistemic deviation (N,).

        NaN for a model whose last layers' posterior was never fitted, such as a released one.
        """
        states = self._states(self.encode(batch), self.read(batch).take(batch.text))
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

    def paths(self, codes: VlmCodes, wishes: VlmWishes) -> list[Path_]:
        """Return the token paths of all edits, in order."""
        return [
            path
            for source, edit, text in zip(codes.source, codes.edit, wishes.texts, strict=True)
            for path in self.layout.paths(
                Question(source, edit, _area(codes, source), _area(codes, edit), text)
            )
        ]

    def forward(self, batch: VlmBatch) -> tuple[Tensor, Tensor]:
        """Return mu and log sigma, (N, D) each."""
        mu, log_sigma = self.answers(self.encode(batch), self.read(batch).take(batch.text))
        return mu[0], log_sigma[0]

    def portions(
        self, questions: Sequence[scoring.Question], size_of: Callable[[str], tuple[int, int]]
    ) -> list[list[int]]:
        """Return batches of about `batch_tokens` visual tokens, items whole, like lengths together.

        An item's edits share its source; a longer instruction than a batch's others would pad them.
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
        room = self.batch_tokens
        for rows in sorted(items.values(), key=length):
            for k, row in enumerate(rows):
                cost = tokens(questions[row].edit)
                cost += tokens(questions[row].source) if not k else 0
                if out[-1] and cost > room:
                    out.append([])
                    room = self.batch_tokens
                out[-1].append(row)
                room -= cost
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
        # What was kept of a constant beginning belongs to the weights before.
        self._kept.clear()
        return super().train(mode)


def _area(codes: VlmCodes, picture: int) -> int:
    return codes.grids[picture].rows * codes.grids[picture].columns


def collate(
    triples: Sequence[tuple[Any, Patches, Any, Patches, str]],
) -> VlmBatch:
    """Return the batch of (source key, source, edit key, edit, instruction) rows."""
    sources: dict[Any, int] = {}
    patches: list[Patches] = []
    for key, source, _, _, _ in triples:
        if key not in sources:
            sources[key] = len(patches)
            patches.append(source)
    texts = {text: n for n, text in enumerate(dict.fromkeys(each[4] for each in triples))}
    return VlmBatch(
        (*patches, *(each[3] for each in triples)),
        len(patches),
        torch.tensor([sources[each[0]] for each in triples]),
        tuple(texts),
        torch.tensor([texts[each[4]] for each in triples]),
    )
