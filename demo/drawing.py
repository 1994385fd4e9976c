"""The drawn pictures in a home folder, in parts; `python -m demo.drawing HOME N` draws N."""

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from config.embedded.locks import locked
from demo.pictures import write_set
from demo.pictures.writing import DEFAULT_SEED

# Version of the drawing rules; another number draws a new set beside the old one.
SET_NAME = "set-1"

Progress = Callable[[int, int], None]


def part_folder(home: Path, *, first: int, last: int, seed: int) -> Path:
    """Return the folder of the items first to last - 1."""
    return home / "demo" / f"{SET_NAME}-{seed}-{first:04d}-{last:04d}"


def draw_part(
    home: Path, *, first: int, last: int, seed: int = DEFAULT_SEED, progress: Progress | None = None
) -> Path:
    """Return the folder of a part, with its manifest; on the first call it is drawn.

    It appears when it is complete: an interrupted drawing begins again. Another process that
    draws is waited for.
    """
    folder = part_folder(home, first=first, last=last, seed=seed)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with locked(folder.parent / "drawing.lock"):
        if not (folder / "manifest.json").is_file():
            unfinished = folder.with_name(f"{folder.name}.unfinished")
            shutil.rmtree(unfinished, ignore_errors=True)
            write_set(unfinished, n_items=last - first, first=first, seed=seed, progress=progress)
            shutil.rmtree(folder, ignore_errors=True)
            unfinished.replace(folder)
    return folder


if __name__ == "__main__":
    # Without a database, so that it can run while the tables are made.
    draw_part(Path(sys.argv[1]), first=0, last=int(sys.argv[2]))
