"""What is installed, how large it is, and whether there is room for it."""

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from install.folder import Folder
from install.refusal import say
from install.space import GB, refuse_little_space

CONSTRAINTS = Path("constraints.txt")
RUN_TIME = ["--only-binary", ":all:", "--editable", ".[embedded,model]"]
TESTS = ["--group", "dev", "--editable", ".[embedded,model,vlm]"]


@dataclass(frozen=True)
class Size:
    """Gigabytes to download, and on disk afterwards."""

    download: float
    disk: float


WITH_CPU_TORCH, WITH_CUDA_TORCH = Size(0.4, 1.4), Size(3.3, 6.0)


@dataclass(frozen=True)
class Torch:
    """The build that an installer would take."""

    version: str
    cuda: bool

    @property
    def size(self) -> Size:
        return WITH_CUDA_TORCH if self.cuda else WITH_CPU_TORCH


def pinned(package: str) -> str:
    """Return the version that constraints.txt names."""
    for line in CONSTRAINTS.read_text(encoding="utf-8").splitlines():
        name, _, version = line.partition("==")
        if name.lower() == package.lower():
            return version
    raise KeyError(package)


def announce(folder: Folder, torch: Torch | None, installer: str) -> None:
    """Print what will happen. torch: None when it could not be found out."""
    say(f"Installing into {folder.path.absolute()} with {installer}, once.")
    say("Outside this folder only downloads are kept, in the installer's cache.")
    if torch is None:
        return
    size = torch.size
    what = f"torch {torch.version}{' with CUDA' if torch.cuda else ''}"
    say(f"  Django, Celery, PostgreSQL 18, Redis, Arrow, {what} ...")
    say(f"  up to {size.download:.1f} GB to download, {size.disk:.1f} GB on disk")
    if torch.cuda:
        say("  torch's CPU build is enough for the demo and needs 3 GB less. To take it, stop with")
        say("  Ctrl-C and name where it is: PIP_FIND_LINKS=FOLDER or PIP_EXTRA_INDEX_URL=ADDRESS")
        say("  before the command, or with uv UV_TORCH_BACKEND=cpu.")


def refuse_no_room(folder: Folder, size: Size, *, cache: Path | None) -> None:
    """Raise Refusal if the disk would be filled.

    cache: uv's, which keeps unpacked packages; None for pip, which downloads to the temporary
    folder.
    """
    needs = {folder.path.absolute(): size.disk * GB}
    if cache is None:
        needs[Path(tempfile.gettempdir())] = size.download * GB
    elif not cache.exists():
        # On the same file system, environment and cache share the files.
        parent = next(path for path in cache.absolute().parents if path.exists())
        if os.stat(parent).st_dev != folder.path.stat().st_dev:  # noqa: PTH116  clearer as a pair
            needs[cache] = size.disk * GB
    refuse_little_space(needs)
