"""Check a picture in a process of its own, with limited memory and time.

A worker that decodes what a person sent does not die of it.

    python -m annotation.items.imports.apart NAME < PICTURE

prints JSON: the fields of a `StagedImage`, or why the picture is refused.
"""

import base64
import fcntl
import json
import os
import resource
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

from annotation.errors import PictureRefused
from annotation.items.imports.staging import StagedImage, stage

# Address space of the process; 50 megapixels of 16-bit grey need the most.
MEMORY = 3 * 2**30
SECONDS = 60
PROJECT = Path(__file__).resolve().parents[3]


def stage_apart(data: bytes, *, name: str, lock: Path) -> StagedImage:
    """Return what `stage` does, without views; one picture at a time on this machine.

    lock: a file that is locked meanwhile. Raises PictureRefused.
    """
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        try:
            done = subprocess.run(
                [sys.executable, "-m", "annotation.items.imports.apart", name],
                input=data,
                cwd=PROJECT,
                env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
                capture_output=True,
                timeout=SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise PictureRefused(f"decoding it takes longer than {SECONDS} seconds") from None
    if done.returncode:
        raise PictureRefused("it needs more memory to decode than there is")
    result = json.loads(done.stdout)
    if "refused" in result:
        raise PictureRefused(result["refused"])
    grid = base64.b64decode(result.pop("colour_grid"))
    return StagedImage(
        **{**result, "notes": tuple(result["notes"]), "views": (), "colour_grid": grid}
    )


def main() -> None:
    """Read a picture from standard input; print what it is."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    try:
        staged = asdict(stage(sys.stdin.buffer.read(), name=sys.argv[1], scratch=None))
    except PictureRefused as refusal:
        staged = {"refused": str(refusal)}
    else:
        staged["colour_grid"] = base64.b64encode(staged["colour_grid"]).decode()
    sys.stdout.write(json.dumps(staged))


if __name__ == "__main__":
    main()
