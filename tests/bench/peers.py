"""Run other implementations of our statistics in an isolated environment, never in our process."""

import fcntl
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

HERE = Path(__file__).resolve().parent
PINS = HERE / "peers.txt"
SCRIPTS = HERE / "peer_scripts"
ENVIRONMENTS = HERE.parents[1] / "build" / "peers"


class PeerError(RuntimeError):
    """The peers' environment could not be made, or a peer's script failed."""


def run_peer(script: str, arrays: Mapping[str, NDArray[Any]]) -> dict[str, Any]:
    """Run peer_scripts/SCRIPT.py on some arrays and return the JSON object it prints last.

    The script's one argument is an .npz file with the arrays under their names; it runs with the
    packages of peers.txt and nothing of ours. The environment is made at the first call.
    Raises PeerError when there is no such script, no environment, or no JSON object at the end.
    """
    path = SCRIPTS / f"{script}.py"
    if not path.is_file():
        raise PeerError(f"there is no peer script {path.relative_to(HERE)}")
    python = environment()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "arrays.npz"
        np.savez(file, **arrays)
        # -I: neither this folder, where a script may bear its package's name, nor PYTHONPATH.
        printed = _run([python, "-I", path, file], f"the peer script {script} failed")
    answer = (printed.strip().splitlines() or [""])[-1]
    try:
        found = json.loads(answer)
    except json.JSONDecodeError:
        found = None
    if not isinstance(found, dict):
        raise PeerError(f"the peer script {script} ended on no JSON object but on {answer[:200]!r}")
    return found


def environment() -> Path:
    """Return the Python of the environment with these pins, made at the first call."""
    pins = PINS.read_bytes()
    name = sha256(pins + sys.version.encode()).hexdigest()[:12]
    folder = ENVIRONMENTS / name
    python, finished = folder / "bin" / "python", folder / "finished"
    ENVIRONMENTS.mkdir(parents=True, exist_ok=True)
    with (ENVIRONMENTS / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two benchmarks may ask at once
        if not finished.exists():
            shutil.rmtree(folder, ignore_errors=True)
            _make(folder, python)
            finished.touch()
    return python


def _make(folder: Path, python: Path) -> None:
    sys.stderr.write(f"Installing the peers of {PINS.name} into {folder}, once (0.4 GB on disk)\n")
    failed = f"the peers' environment could not be made in {folder}"
    _run([sys.executable, "-m", "venv", folder], failed)
    pip = [python, "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    _run([*pip, "--no-deps", "--requirement", PINS], failed)


def _run(command: list[object], failed: str) -> str:
    """Return what a command prints. Raises PeerError with the end of its complaints."""
    words = [str(word) for word in command]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        complaint = "\n".join((done.stderr.strip() or done.stdout.strip()).splitlines()[-15:])
        raise PeerError(f"{failed} (exit {done.returncode}):\n{complaint}")
    return done.stdout
