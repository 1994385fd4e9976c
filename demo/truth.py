"""Known quality of candidates, from the built-in set or from a manifest's hints."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from demo.experts import FIRST_DIMENSION, SECOND_DIMENSION, Quality

# Quality of the best candidate when a manifest names it, and of an unmodified source.
BEST = Quality({FIRST_DIMENSION: 3.8, SECOND_DIMENSION: 3.5})
UNEDITED = Quality({FIRST_DIMENSION: 1.0, SECOND_DIMENSION: 3.6})
ORDINARY = Quality({FIRST_DIMENSION: 1.9, SECOND_DIMENSION: 2.8})


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@dataclass(frozen=True)
class Truth:
    """Qualities by sha256 of the image bytes, or by (instruction, sha256) where that decides."""

    by_image: Mapping[str, Quality] = field(default_factory=dict)
    by_edit: Mapping[tuple[str, str], Quality] = field(default_factory=dict)

    def quality(self, instruction: str, image_sha256: str) -> Quality | None:
        return self.by_edit.get((instruction, image_sha256)) or self.by_image.get(image_sha256)

    def joined(self, other: "Truth") -> "Truth":
        """Return the truth of both."""
        return Truth({**self.by_image, **other.by_image}, {**self.by_edit, **other.by_edit})


def read_truth(folder: Path, *, manifest: str = "manifest.json") -> Truth:
    """Read truth.json of a drawn set, or the `known_best` of a manifest in a folder.

    A folder with neither gives an empty Truth. Raises ValueError for a file that is not ours.
    """
    drawn = folder / "truth.json"
    if drawn.is_file():
        return _drawn(drawn)
    named = folder / manifest
    return _hinted(folder, named) if named.suffix == ".json" and named.is_file() else Truth()


def _drawn(path: Path) -> Truth:
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
        qualities = {
            digest: Quality(
                {slug: float(row[slug]) for slug in (FIRST_DIMENSION, SECOND_DIMENSION)},
                tuple(row["faults"]),
            )
            for digest, row in rows.items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{path} is not the truth of a drawn set: {error!r}") from error
    return Truth(by_image=qualities)


def _hinted(folder: Path, manifest: Path) -> Truth:
    """Return the qualities from `known_best`; rows without it, or unreadable ones, are skipped."""
    try:
        rows = json.loads(manifest.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError):
        return Truth()
    qualities: dict[tuple[str, str], Quality] = {}
    for row in rows if isinstance(rows, list) else []:
        if isinstance(row, dict) and isinstance(row.get("known_best"), str):
            qualities |= _hints(folder, row)
    return Truth(by_edit=qualities)


def _hints(folder: Path, row: dict[str, Any]) -> dict[tuple[str, str], Quality]:
    instruction, candidates = row.get("instruction"), row.get("candidates")
    if not isinstance(instruction, str) or not isinstance(candidates, dict):
        return {}
    source = _digest(folder, row.get("source"))
    found: dict[tuple[str, str], Quality] = {}
    for name, where in candidates.items():
        digest = _digest(folder, where.get("path") if isinstance(where, dict) else where)
        if digest is None:
            continue
        quality = UNEDITED if digest == source else ORDINARY
        found[instruction, digest] = BEST if name == row["known_best"] else quality
    return found


def _digest(folder: Path, where: Any) -> str | None:
    """Return the sha256 of a file inside the folder, or None."""
    if not isinstance(where, str):
        return None
    # As the import does: no parent folders, but symbolic links are followed.
    steps = PurePosixPath(where)
    path = folder / steps
    if steps.is_absolute() or ".." in steps.parts or not path.is_file():
        return None
    return sha256(path.read_bytes())
