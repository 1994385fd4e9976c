"""Install with the pip that every Python brings."""

import importlib.util
import os
import platform
import re
import subprocess
import sys

from install.folder import Folder
from install.plan import Torch, pinned
from install.refusal import Refusal

#: Also for a user whose pip is configured to install beside the system's packages.
ENVIRONMENT = {"PIP_USER": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
SETTINGS = """Set what your network needs, and run the command again. pip reads these variables
and its configuration files (`pip config list`), and uv is given the same:
  HTTPS_PROXY=ADDRESS or PIP_PROXY=ADDRESS   a proxy
  PIP_CERT=FILE                              the certificate of a proxy that opens HTTPS
  PIP_INDEX_URL=ADDRESS                      an index that can be reached from here
  PIP_FIND_LINKS=FOLDER                      wheels on this disk"""

#: What tells a person more than the name of pip's exception.
REASON = re.compile(
    r"Tunnel connection failed: [^'\")]+|(?<=\] )[A-Z][^'\")]+(?='|\"|\))|timed out"
    r"|\[SSL: \w+\]|HTTP error \d+"
)


def can_create() -> bool:
    """Whether this Python has its modules for environments; Debian and Ubuntu leave them out."""
    return all(importlib.util.find_spec(name) for name in ("venv", "ensurepip"))


def is_in(folder: Folder) -> bool:
    command = [str(folder.python), "-m", "pip", "--version"]
    return (
        folder.works() and subprocess.run(command, capture_output=True, check=False).returncode == 0
    )


def create(folder: Folder) -> None:
    """Create the environment, or add pip to one; raises Refusal where Python's modules lack."""
    if not can_create():
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        raise Refusal(
            f"{sys.executable} has no venv module (Debian and Ubuntu leave it out). Install it, "
            f"`apt-get install python{version}-venv`, or install uv, which does not need it."
        )
    if not folder.run([sys.executable, "-m", "venv", str(folder.path)], os.environ):
        raise Refusal(f"{sys.executable} could not create {folder.path.absolute()}: see above.")


def find_torch(folder: Folder) -> Torch | None:
    """Return the build of torch that pip would take, or None if pip does not say.

    Raises Refusal if the index cannot be reached or lacks a pinned version.
    """
    versions, complaint = _available(folder, "Django")
    if versions == []:
        raise Refusal(_unreachable(complaint))
    versions, _ = _available(folder, "torch")
    if versions is None:
        return None
    wanted = pinned("torch")
    for version in versions:
        release, _, build = version.partition("+")
        if release == wanted:
            on_x86 = platform.machine() == "x86_64"
            return Torch(version, cuda=build != "cpu" and (bool(build) or on_x86))
    raise Refusal(
        f"pip finds no torch {wanted} for {platform.python_implementation()} "
        f"{platform.python_version()} on {platform.machine()} (glibc {platform.libc_ver()[1]}). "
        f"It finds: {', '.join(versions[:5]) or 'none'}. Another Python may have one: "
        "make demo PYTHON=python3.12. If pip is configured to use an index of your own, "
        f"that index lacks torch {wanted}."
    )


def install(folder: Folder, arguments: list[str]) -> bool:
    """Install the arguments; only what is imported gets compiled, and Python does that itself."""
    command = [str(folder.python), "-m", "pip", "install", "--no-compile"]
    command += ["--constraint", "constraints.txt", *arguments]
    return folder.run(command, os.environ | ENVIRONMENT)


def _available(folder: Folder, package: str) -> tuple[list[str] | None, str]:
    """Return the versions that pip sees, the newest first, and its complaints.

    None instead of a list: this pip does not know the question.
    """
    command = [str(folder.python), "-m", "pip", "--retries", "1", "--timeout", "20"]
    command += ["index", "versions", "--only-binary=:all:", package]
    done = subprocess.run(
        command, env=os.environ | ENVIRONMENT, capture_output=True, text=True, check=False
    )
    if found := re.search(r"^Available versions: (.+)$", done.stdout, re.MULTILINE):
        return found[1].split(", "), done.stderr
    return ([] if "No matching distribution" in done.stderr else None), done.stderr


def _unreachable(complaint: str) -> str:
    """Return the message for a network that does not lead to an index, with pip's reason."""
    reason = REASON.search(complaint)
    because = f" ({reason[0].strip()})" if reason else ""
    proxy = " through the proxy" if "ProxyError" in complaint else ""
    return f"pip cannot reach a package index{proxy}{because}: nothing is installed.\n{SETTINGS}"
