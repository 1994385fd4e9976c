"""Install with uv where it is there: the same packages as pip takes, in a fraction of the time."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from install.folder import Folder
from install.pip_settings import for_uv, pip_settings
from install.plan import Torch
from install.refusal import say


class Unusable(Exception):
    """uv cannot do it here; pip may."""


class Uv:
    """uv's program, and the environment that gives it pip's configuration.

    Raises Unusable where uv is not installed or has no counterpart for one of pip's settings.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        program = shutil.which("uv")
        if program is None:
            raise Unusable
        self.program = program
        try:
            added = for_uv(pip_settings(environment), environment)
        except ValueError as setting:
            raise Unusable(f"pip's setting {setting} has no counterpart in uv") from None
        kept = {name: value for name, value in environment.items() if name != "VIRTUAL_ENV"}
        self.environment = kept | added

    @property
    def cache(self) -> Path:
        done = self._ask("cache", "dir")
        return Path(done.stdout.strip() or "/nonexistent")

    def create(self, folder: Folder) -> None:
        command = [self.program, "venv", "--quiet", "--allow-existing", "--python", sys.executable]
        if not folder.run([*command, str(folder.path)], self.environment):
            raise Unusable("uv could not create the environment")

    def find_torch(self, folder: Folder, arguments: list[str]) -> Torch | None:
        """Return the build of torch that uv would take; raises Unusable with uv's reason."""
        self.environment.setdefault("UV_HTTP_RETRIES", "1")
        done = self._ask(*self._install(folder, arguments), "--dry-run")
        if done.returncode != 0:
            lines = [line.strip(" ×╰─▶│") for line in done.stderr.splitlines() if line.strip()]
            raise Unusable(lines[-1] if lines else "no reason given")
        found = re.search(r"^ \+ torch==(\S+)", done.stderr, re.MULTILINE)
        return Torch(found[1], cuda=" + nvidia-" in done.stderr) if found else None

    def install(self, folder: Folder, arguments: list[str]) -> bool:
        return folder.run([self.program, *self._install(folder, arguments)], self.environment)

    def _install(self, folder: Folder, arguments: list[str]) -> list[str]:
        # Compiled as pip does it, or every first process would do that again.
        command = ["pip", "install", "--compile-bytecode", "--python", str(folder.python)]
        # pip, so that a person can add a package in the usual way.
        return [*command, "--constraint", "constraints.txt", "pip", *arguments]

    def _ask(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.program, "--color", "never", *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )


def find() -> Uv | None:
    """Return uv, or None; a reason is printed if it is there and cannot be used."""
    try:
        return Uv(os.environ)
    except Unusable as refusal:
        if str(refusal):
            say(f"{refusal}: installing with pip.")
        return None
