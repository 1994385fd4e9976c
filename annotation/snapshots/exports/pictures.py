"""The originals that exports need, as their rows hold them; those that cannot be used are named."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

from annotation.snapshots.exports.licences import Licences
from annotation.snapshots.format.errors import ImageLost
from annotation.snapshots.format.images import image_suffix
from annotation.snapshots.format.reader import Row, SnapshotReader

# The reason under which a summary counts such rows.
LOST = "an image is gone or damaged"
# Most pictures that are kept in memory: no more than one group of rows holds.
MOST_KEPT = 192


class Unusable:
    """Images that cannot be used, each with the items and candidates that show it."""

    def __init__(self) -> None:
        self._rows: dict[str, dict[str, Any]] = {}

    def add(self, sha256: str, reason: str, *, item: str, candidate: str | None) -> None:
        """Note an image, or one more item or candidate that shows it."""
        row = self._rows.setdefault(
            sha256, {"image": sha256, "reason": reason, "items": [], "candidates": []}
        )
        if item not in row["items"]:
            row["items"].append(item)
        if candidate is not None and candidate not in row["candidates"]:
            row["candidates"].append(candidate)

    def rows(self) -> list[dict[str, Any]]:
        """Return the images by hash: {"image", "reason", "items", "candidates"}."""
        return [self._rows[sha256] for sha256 in sorted(self._rows)]


class Delivery(Protocol):
    """How rows hold pictures: all of a row are loaded before the first is delivered."""

    def load(self, sha256: str) -> Any:
        """Return what `deliver` takes. Raises ImageLost."""

    def deliver(self, loaded: Any) -> Any:
        """Return what a row holds."""


class Pictures:
    """The pictures of an item and some of its candidates, all or none."""

    def __init__(self, delivery: Delivery) -> None:
        self._delivery = delivery
        self.unusable = Unusable()
        self.licences = Licences()

    def of(self, item: Row, candidates: Sequence[Row]) -> list[Any] | None:
        """Return the source and the candidates; where one cannot be used, note it, return None."""
        loaded = []
        shown = [(item["source_sha256"], None)]
        shown += [(row["image_sha256"], row["candidate_id"]) for row in candidates]
        for sha256, candidate in shown:
            try:
                loaded.append(self._delivery.load(sha256))
            except ImageLost as error:
                self.unusable.add(sha256, error.reason, item=item["item_id"], candidate=candidate)
        if len(loaded) < len(shown):
            return None
        self.licences.add(item, candidates)
        return [self._delivery.deliver(each) for each in loaded]


class Embedded:
    """Bytes and a file name."""

    def __init__(self, reader: SnapshotReader) -> None:
        self.load: Callable[[str], dict[str, Any]] = lru_cache(maxsize=MOST_KEPT)(
            lambda sha256: _with_name(sha256, reader.image(sha256))
        )

    def deliver(self, loaded: dict[str, Any]) -> dict[str, Any]:
        return loaded


def _with_name(sha256: str, data: bytes) -> dict[str, Any]:
    return {"bytes": data, "path": sha256 + image_suffix(data)}


class Beside:
    """The path of a copy below `images/`, written once and named by its hash."""

    def __init__(self, reader: SnapshotReader, out: Path) -> None:
        self._reader = reader
        self._folder = out / "images"
        self._names: dict[str, str] = {}
        self._folder.mkdir(exist_ok=True)

    def load(self, sha256: str) -> "_Original":
        if sha256 in self._names:
            return _Original(sha256, self._names[sha256], None)
        data = self._reader.image(sha256)
        return _Original(sha256, sha256 + image_suffix(data), data)

    def deliver(self, loaded: "_Original") -> str:
        if loaded.data is not None:
            (self._folder / loaded.name).write_bytes(loaded.data)
            self._names[loaded.sha256] = loaded.name
        return f"images/{loaded.name}"


@dataclass(frozen=True)
class _Original:
    """An original and its file name; data: None where the file is written already."""

    sha256: str
    name: str
    data: bytes | None


class ByHash:
    """The sha256 of the original; no picture is read or written."""

    def load(self, sha256: str) -> str:
        return sha256

    def deliver(self, loaded: str) -> str:
        return loaded


def pictures_of(how: str, reader: SnapshotReader, out: Path) -> Pictures:
    """Return the pictures of an export. how: one of `options.IMAGES`."""
    if how == "embedded":
        return Pictures(Embedded(reader))
    return Pictures(Beside(reader, out) if how == "beside" else ByHash())


def described(
    reasons: Mapping[str, str],
    *,
    items: Iterable[dict[str, Any]],
    candidates: Iterable[dict[str, Any]],
) -> list[dict[str, Any]]:
    """Return lost images with the items and candidates of a snapshot's tables that show them.

    reasons: why an image cannot be used, by sha256.
    """
    unusable = Unusable()
    for row in items:
        if (sha256 := row["source_sha256"]) in reasons:
            unusable.add(sha256, reasons[sha256], item=row["item_id"], candidate=None)
    for row in candidates:
        if (sha256 := row["image_sha256"]) in reasons:
            name = row["candidate_id"]
            unusable.add(sha256, reasons[sha256], item=row["item_id"], candidate=name)
    return unusable.rows()
