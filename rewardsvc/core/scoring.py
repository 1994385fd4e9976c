"""Score triples with a trained model: images opened once, known answers not computed again."""

import hashlib
import io
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from rewardsvc.core.errors import ImageError, RewardError
from rewardsvc.core.fusion import fuse

Picture = Image.Image | Path | str
Scores = dict[str, NDArray[np.float64]]

_REMEMBERED = 100_000  # answers; a few dozen bytes each
# What Pillow raises on broken files; SyntaxError stands for broken chunks and EXIF blocks.
_UNREADABLE = (Image.DecompressionBombError, OSError, ValueError, SyntaxError)


class Question(NamedTuple):
    """A triple by the hashes of its images' content."""

    source: str
    edit: str
    instruction: str


class Scorable(Protocol):
    """What scoring asks of a reward model.

    portions: the rows of each batch, every row once, edits of one item together.
    batch: preprocess one portion from a function that opens an image by its hash; it runs beside
    the computation of the portion before.
    """

    @property
    def dimensions(self) -> tuple[str, ...]: ...
    def portions(
        self, questions: Sequence[Question], size_of: Callable[[str], tuple[int, int]]
    ) -> list[list[int]]: ...
    def batch(self, questions: Sequence[Question], image: Callable[[str], Image.Image]) -> Any: ...
    def epistemic(self, batch: Any) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]: ...


class _Shelf:
    """The pictures of one call by content hash; decoded when asked for."""

    def __init__(self) -> None:
        self._held: dict[str, Image.Image | tuple[bytes, str]] = {}
        self._hash: dict[object, str] = {}

    def add(self, picture: Picture) -> str:
        """Return a picture's content hash. Raises ImageError naming the path."""
        key: object = id(picture) if isinstance(picture, Image.Image) else str(picture)
        if key not in self._hash:
            digest, held = _opened(picture)
            self._held[digest] = held
            self._hash[key] = digest
        return self._hash[key]

    def image(self, digest: str) -> Image.Image:
        held = self._held[digest]
        if isinstance(held, Image.Image):
            return held
        content, name = held
        try:
            image = Image.open(io.BytesIO(content))
            image.load()
        except _UNREADABLE as error:
            raise ImageError(f"{name} cannot be decoded: {error}") from error
        return image

    def size(self, digest: str) -> tuple[int, int]:
        held = self._held[digest]
        if isinstance(held, Image.Image):
            return held.size
        try:
            with Image.open(io.BytesIO(held[0])) as image:
                return image.size
        except _UNREADABLE as error:
            raise ImageError(f"{held[1]} cannot be decoded: {error}") from error


def _opened(picture: Picture) -> tuple[str, Image.Image | tuple[bytes, str]]:
    if isinstance(picture, Image.Image):
        # Beside the pixels, what changes how they are read.
        about = f"{picture.mode}:{picture.size}:{picture.getexif().get(0x0112)}".encode()
        palette = bytes(picture.getpalette() or ()) if picture.mode in ("P", "PA") else b""
        alpha = repr(picture.info.get("transparency")).encode()
        content = b"|".join((about, palette, alpha, picture.tobytes()))
        return hashlib.sha256(content).hexdigest(), picture
    path = Path(picture)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ImageError(f"cannot read the image {path}: {error.strerror}") from error
    return hashlib.sha256(content).hexdigest(), (content, str(path))


class RewardScorer:
    """A loaded reward model that scores (source, edited, instruction) triples."""

    def __init__(self, model: Any, sidecar: Any, device: str) -> None:
        self.model, self.sidecar, self.device = model, sidecar, torch.device(device)
        self._known: OrderedDict[Question, NDArray[np.float64]] = OrderedDict()

    @property
    def dimensions(self) -> tuple[str, ...]:
        return tuple(self.model.dimensions)

    def score(self, triples: Sequence[tuple[Picture, Picture, str]]) -> Scores:
        """Return rewards: mu, log_sigma (n, d); reward, log_sigma_fused, epistemic (n,).

        epistemic: standard deviation of the fused mean that more judgments would remove, NaN
        where a model has none.
        triples: (source, edited, instruction), images as PIL images or paths.
        Raises ImageError naming the path of an image that cannot be read, RewardError for an
        instruction that is no text.
        """
        shelf = _Shelf()
        asked = []
        for n, (source, edited, instruction) in enumerate(triples):
            if not isinstance(instruction, str):
                raise RewardError(f"the instruction of triple {n} is {instruction!r}, not text")
            asked.append(Question(shelf.add(source), shelf.add(edited), instruction))
        found = self._answers(asked, shelf)
        table = np.array([found[question] for question in asked])
        return self._told(table.reshape(len(asked), 2 * len(self.dimensions) + 1))

    def _told(self, table: NDArray[np.float64]) -> Scores:
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

    def _answers(
        self, asked: Sequence[Question], shelf: _Shelf
    ) -> dict[Question, NDArray[np.float64]]:
        found = {q: self._known[q] for q in dict.fromkeys(asked) if q in self._known}
        new = [question for question in dict.fromkeys(asked) if question not in found]
        if new:
            portions = self.model.portions(new, shelf.size)
            with torch.inference_mode():
                for portion, batch in self._batches(new, portions, shelf):
                    mu, log_sigma, spread = self.model.epistemic(batch.to(self.device))
                    values = torch.cat([mu, log_sigma, spread[:, None]], 1).double().cpu().numpy()
                    found.update({new[n]: v for n, v in zip(portion, values, strict=True)})
        self._remember(found)
        return found

    def _batches(
        self, new: Sequence[Question], portions: Sequence[list[int]], shelf: _Shelf
    ) -> Iterator[tuple[list[int], Any]]:
        """Yield each portion with its batch; the next one is made meanwhile."""

        def make(portion: list[int]) -> Any:
            return self.model.batch([new[n] for n in portion], shelf.image)

        with ThreadPoolExecutor(1) as pool:
            ahead: Future[Any] = pool.submit(make, portions[0])
            for n, portion in enumerate(portions):
                batch = ahead.result()
                if n + 1 < len(portions):
                    ahead = pool.submit(make, portions[n + 1])
                yield portion, batch

    def _remember(self, found: dict[Question, NDArray[np.float64]]) -> None:
        self._known.update(found)
        while len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
