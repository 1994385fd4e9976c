"""The originals that exports need; those that cannot be used are named."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Generic, TypeVar

from annotation.snapshots.format.errors import ImageLost
from annotation.snapshots.format.pairs import Pair

# The reason under which a summary counts such pairs.
LOST = "an image is gone or damaged"

Loaded = TypeVar("Loaded")


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


class PairImages(Generic[Loaded]):
    """Load the three originals of a pair, all or none."""

    def __init__(self, load: Callable[[str], Loaded]) -> None:
        self._load = load
        self.unusable = Unusable()

    def of(self, pair: Pair) -> list[Loaded] | None:
        """Return source, first and second; where one cannot be used, note it and return None."""
        loaded = []
        item = pair.item["item_id"]
        shown = [(pair.item["source_sha256"], None)]
        shown += [(row["image_sha256"], row["candidate_id"]) for row in (pair.first, pair.second)]
        for sha256, candidate in shown:
            try:
                loaded.append(self._load(sha256))
            except ImageLost as error:
                self.unusable.add(sha256, error.reason, item=item, candidate=candidate)
        return loaded if len(loaded) == len(shown) else None


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
