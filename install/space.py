"""Refuse to begin an installation that would fill the disk."""

import os
import shutil
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from install.refusal import Refusal

GB = 1_000_000_000


def refuse_little_space(needs: Mapping[Path, float]) -> None:
    """Raise Refusal if a file system has too little room.

    needs: folder (existing or not) -> bytes. Folders on the same file system are added up.
    """
    wanted: dict[int, dict[Path, float]] = defaultdict(dict)
    for folder, size in needs.items():
        wanted[_existing(folder).stat().st_dev][folder] = size
    for folders in wanted.values():
        needed = sum(folders.values())
        free = shutil.disk_usage(_existing(next(iter(folders)))).free
        if free < needed:
            parts = ", ".join(f"{size / GB:.1f} GB in {path}" for path, size in folders.items())
            raise Refusal(
                f"Too little disk space: {parts} needed, {free / GB:.1f} GB free there. Make "
                "room, or clone EditJury to a larger disk. TMPDIR names another folder for pip's "
                "downloads, UV_CACHE_DIR one for uv's."
            )


def _existing(folder: Path) -> Path:
    """Return the folder or its nearest parent that exists."""
    path = Path(os.path.realpath(folder))
    while not path.exists():
        path = path.parent
    return path
