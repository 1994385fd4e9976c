"""Install an environment: python3 -m install FOLDER [--tests]. See install/environment.sh."""

import argparse
import os
import signal
import sys
import tempfile
from pathlib import Path
from types import FrameType

from install import with_pip, with_uv
from install.folder import Folder
from install.machine import refuse_unsupported, this_machine
from install.plan import RUN_TIME, TESTS, WITH_CPU_TORCH, announce, refuse_no_room
from install.refusal import Refusal, say
from install.space import GB, refuse_little_space

PROJECT = ("annotation", "config", "demo", "jobs", "rewardsvc")
#: A failed installation that left less than this has filled the disk.
NOTHING_LEFT = 0.1


def main() -> int:
    parser = argparse.ArgumentParser(prog="python3 -m install", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--tests", action="store_true", help="also what the tests need")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, _interrupt)
    folder = Folder(arguments.folder)
    try:
        refuse_unsupported(this_machine())
        with folder.locked():
            if not folder.is_current("run-time"):
                _run_time(folder)
            if arguments.tests and not folder.is_current("tests"):
                _tests(folder)
    except Refusal as refusal:
        sys.stderr.write(f"{refusal}\n")
        return 2
    except KeyboardInterrupt:
        sys.stderr.write("\nInterrupted. The same command goes on with what was downloaded.\n")
        return 130
    return 0


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _run_time(folder: Folder) -> None:
    """Install what EditJury runs with: with uv if that works, else with pip."""
    is_new = not folder.works()
    if is_new:
        refuse_little_space({folder.path: NOTHING_LEFT * GB})
    folder.prepare()
    uv = with_uv.find()
    if not (uv and _with_uv(uv, folder, is_new=is_new)):
        _with_pip(folder, is_new=is_new)
    # The first page comes sooner. Where the checkout cannot be written, that is all that is lost.
    folder.run([str(folder.python), "-m", "compileall", "-qq", *PROJECT], os.environ)
    folder.stamp("run-time").touch()


def _with_uv(uv: with_uv.Uv, folder: Folder, *, is_new: bool) -> bool:
    try:
        if not folder.works():
            with folder.changing():
                uv.create(folder)
        torch = uv.find_torch(folder, RUN_TIME)
    except with_uv.Unusable as refusal:
        if not with_pip.can_create():
            raise Refusal(f"uv cannot install here: {refusal}.\n{with_pip.SETTINGS}") from None
        say(f"uv cannot install here ({refusal}): trying pip.")
        return False
    announce(folder, torch, "uv")
    if is_new:
        refuse_no_room(folder, torch.size if torch else WITH_CPU_TORCH, cache=uv.cache)
    with folder.changing():
        if uv.install(folder, RUN_TIME):
            return True
        _refuse_full_disk(folder)
        say("uv could not install the packages (see above): trying pip.")
    return False


def _with_pip(folder: Folder, *, is_new: bool) -> None:
    if not with_pip.is_in(folder):
        with folder.changing():
            with_pip.create(folder)
    torch = with_pip.find_torch(folder)
    announce(folder, torch, "pip")
    if is_new:
        refuse_no_room(folder, torch.size if torch else WITH_CPU_TORCH, cache=None)
    with folder.changing():
        if not with_pip.install(folder, RUN_TIME):
            _refuse_failed(folder)


def _tests(folder: Folder) -> None:
    """Install what the tests need besides."""
    say("Installing what the tests need: 140 MB to download, 0.5 GB on disk")
    uv = with_uv.find()
    with folder.changing():
        if not (uv and uv.install(folder, TESTS)):
            # --group needs a pip of 2025.
            upgraded = with_pip.install(folder, ["--upgrade", "pip>=25.1"])
            if not (upgraded and with_pip.install(folder, TESTS)):
                _refuse_failed(folder)
    folder.stamp("tests").touch()


def _refuse_failed(folder: Folder) -> None:
    _refuse_full_disk(folder)
    raise Refusal(
        "pip could not install the packages; its last lines above say why. The same command "
        f"tries again, with what was downloaded. If packages were not found:\n{with_pip.SETTINGS}"
    )


def _refuse_full_disk(folder: Folder) -> None:
    room = NOTHING_LEFT * GB
    refuse_little_space({folder.path: room, Path(tempfile.gettempdir()): room})


if __name__ == "__main__":
    sys.exit(main())
