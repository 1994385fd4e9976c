"""Refuse to start PostgreSQL on a disk that is about to be full: it would stop in mid-work."""

import shutil
from pathlib import Path

from config.embedded.errors import EmbeddedError

MB = 1_000_000
#: A new data folder with its write-ahead log; an existing one needs room for the log.
NEW, EXISTING = 150 * MB, 50 * MB


def refuse_full_disk(folder: Path, needed: int) -> None:
    """Raise EmbeddedError if fewer than needed bytes are free for ordinary users."""
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise EmbeddedError(
            f"{folder} has {free // MB} MB of disk space left and {needed // MB} MB are needed: "
            "make room, or set EDITJURY_HOME to a folder on a larger disk."
        )
