"""Score triples with a trained model: images are decoded once, earlier scores are cached."""

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from annotation.items.imaging.presentation import OWN
from annotation.items.imaging.sizes import Size, served_size
from rewardsvc.core.data.pictures import (
    UNREADABLE,
    decoded,
    named_picture,
    opened,
    picture_name,
    presented,
    size_of,
)
from rewardsvc.core.errors import ImageError, RewardError
from rewardsvc.core.fusion import fuse
from rewardsvc.core.soundness import note_on_rewards, notes_on

Picture = Image.Image | Path | str
Scores = dict[str, NDArray[np.float64]]

_CACHE_SIZE = 100_000  # scores in memory; a few dozen bytes each


class Question(NamedTuple):
    """A triple identified by the names of its images, see `picture_name`."""

    source: str
    edit: str
    instruction: str


class Scorable(Protocol):
    """The interface of a reward model for scoring.

    portions: the rows of each batch, every row once, edits of one item together.
    batch: preprocess one portion; `image` opens an image by its hash. It runs in a second thread
    while the previous portion is computed. reading: see `core/data/pictures.py`. edit_size: OWN, or
    SOURCE for edits at the size at which they are served beside their source. watermarks: that are
    hidden on every picture.
    """

    reading: str
    edit_size: str
    watermarks: tuple[str, ...]

    @property
    def dimensions(self) -> tuple[str, ...]: ...
    def portions(
        self, questions: Sequence[Question], size_of: Callable[[str], tuple[int, int]]
    ) -> list[list[int]]: ...
    def batch(self, questions: Sequence[Question], image: Callable[[str], Image.Image]) -> Any: ...
    def epistemic(self, batch: Any) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]: ...


class _ImageStore:
    """The images of one call by name (`picture_name`); decoded on access."""

    def __init__(self, model: Scorable) -> None:
        self.reading, self.edit_size = model.reading, model.edit_size
        self.watermarks = model.watermarks
        self._images: dict[str, Image.Image | tuple[bytes, str]] = {}
        self._hash: dict[object, str] = {}

    def add(self, picture: Picture) -> str:
        """Return a picture's content hash. Raises ImageError naming the path."""
        key: object = id(picture) if isinstance(picture, Image.Image) else str(picture)
        if key not in self._hash:
            digest, image = _opened(picture, self.reading)
            self._images[digest] = image
            self._hash[key] = digest
        return self._hash[key]

    def add_edit(self, picture: Picture, source: str) -> str:
        """Return the name of an edit as people see it beside a source. Raises ImageError."""
        digest = self.add(picture)
        if self.edit_size == OWN:
            return digest
        own = self.size(digest)
        served = served_size(own, self.size(source))
        return picture_name(digest, None if served == own else served)

    def image(self, name: str) -> Image.Image:
        digest, size = named_picture(name)
        found = self._images[digest]
        if isinstance(found, Image.Image):
            return presented(found, size, self.watermarks)
        content, path = found
        try:
            return decoded(content, self.reading, size, self.watermarks)
        except UNREADABLE as error:
            raise ImageError(f"{path} cannot be decoded: {error}") from error

    def size(self, name: str) -> Size:
        digest, size = named_picture(name)
        found = self._images[digest]
        if size is not None:
            return size
        if isinstance(found, Image.Image):
            return found.size
        content, path = found
        try:
            return size_of(content, self.reading)
        except UNREADABLE as error:
            raise ImageError(f"{path} cannot be decoded: {error}") from error


def _opened(picture: Picture, reading: str) -> tuple[str, Image.Image | tuple[bytes, str]]:
    if isinstance(picture, Image.Image):
        try:
            pixels = opened(picture, reading)
        except UNREADABLE as error:
            raise ImageError(f"an open image cannot be decoded: {error}") from error
        content = f"{pixels.mode}{pixels.size}|".encode() + pixels.tobytes()
        return hashlib.sha256(content).hexdigest(), pixels
    path = Path(picture)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ImageError(f"cannot read the image {path}: {error.strerror}") from error
    return hashlib.sha256(content).hexdigest(), (content, str(path))


class RewardScorer:
    """A loaded reward model that scores (source, edited, instruction) triples.

    notes: why its rewards may tell nothing, from its weights and its first batch.
    """

    def __init__(self, model: Any, sidecar: Any, device: str) -> None:
        self.model, self.sidecar, self.device = model, sidecar, torch.device(device)
        self._cache: OrderedDict[Question, NDArray[np.float64]] = OrderedDict()
        self.notes = notes_on(model)
        self._is_first_batch = True

    @property
    def dimensions(self) -> tuple[str, ...]:
        return tuple(self.model.dimensions)

    @property
    def reading(self) -> str:
        """How files become pixels, see `core/data/pictures.py`."""
        return str(self.model.reading)

    def score(self, triples: Sequence[tuple[Picture, Picture, str]]) -> Scores:
        """Return rewards: mu, log_sigma (n, d); reward, log_sigma_fused, epistemic (n,).

        epistemic: the part of the fused mean's standard deviation that shrinks with more
        judgments; NaN for a model without an estimate of it.
        triples: (source, edited, instruction), images as PIL images or paths.
        Raises ImageError naming the path of an image that cannot be read, RewardError for an
        instruction that is not text.
        """
        store = _ImageStore(self.model)
        questions = []
        for n, (source, edited, instruction) in enumerate(triples):
            if not isinstance(instruction, str):
                raise RewardError(f"the instruction of triple {n} is {instruction!r}, not text")
            before = store.add(source)
            questions.append(Question(before, store.add_edit(edited, before), instruction))
        found = self._rows(questions, store)
        table = np.array([found[question] for question in questions])
        return self._scores(table.reshape(len(questions), 2 * len(self.dimensions) + 1))

    def _scores(self, table: NDArray[np.float64]) -> Scores:
        n_dimensions = len(self.dimensions)
        mu, log_sigma = table[:, :n_dimensions].copy(), table[:, n_dimensions:-1].copy()
        fused = fuse(torch.from_numpy(mu), torch.from_numpy(log_sigma), self.model.fusion)
        return {
            "mu": mu,
            "log_sigma": log_sigma,
            "reward": fused[0].numpy(),
            "log_sigma_fused": fused[1].numpy(),
            "epistemic": table[:, -1].copy(),
        }

    def _rows(
        self, questions: Sequence[Question], store: _ImageStore
    ) -> dict[Question, NDArray[np.float64]]:
        found = {q: self._cache[q] for q in dict.fromkeys(questions) if q in self._cache}
        new = [question for question in dict.fromkeys(questions) if question not in found]
        if new:
            portions = self.model.portions(new, store.size)
            with torch.inference_mode():
                for portion, batch in self._batches(new, portions, store):
                    mu, log_sigma, spread = self.model.epistemic(batch.to(self.device))
                    values = torch.cat([mu, log_sigma, spread[:, None]], 1).double().cpu().numpy()
                    found.update({new[n]: v for n, v in zip(portion, values, strict=True)})
            if self._is_first_batch and len({question.edit for question in new}) > 1:
                self._is_first_batch = False
                mu = np.array([found[question] for question in new])[:, : len(self.dimensions)]
                self.notes += note_on_rewards(mu, [question.edit for question in new])
        self._add_to_cache(found)
        return found

    def _batches(
        self, new: Sequence[Question], portions: Sequence[list[int]], store: _ImageStore
    ) -> Iterator[tuple[list[int], Any]]:
        """Yield each portion with its batch; a thread prepares the next batch meanwhile."""

        def make(portion: list[int]) -> Any:
            return self.model.batch([new[n] for n in portion], store.image)

        with ThreadPoolExecutor(1) as pool:
            following: Future[Any] = pool.submit(make, portions[0])
            for n, portion in enumerate(portions):
                batch = following.result()
                if n + 1 < len(portions):
                    following = pool.submit(make, portions[n + 1])
                yield portion, batch

    def _add_to_cache(self, found: dict[Question, NDArray[np.float64]]) -> None:
        self._cache.update(found)
        while len(self._cache) > _CACHE_SIZE:
            self._cache.popitem(last=False)
