"""The files of one home folder, and the short private folder that holds its sockets."""

import json
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from config.embedded.account import Account

PREFIX = "editjury-"
#: A unix socket's path must stay below 108 bytes; the names below the parent take 40 of them.
LONGEST_PARENT = 50


@dataclass(frozen=True)
class Services:
    """Addresses of the running services."""

    database_url: str
    redis_url: str
    #: Process id of the launcher that owns both servers.
    keeper: int


@dataclass(frozen=True)
class Layout:
    home: Path

    @property
    def data(self) -> Path:
        return self.home / "postgres"

    @property
    def redis(self) -> Path:
        return self.home / "redis"

    @property
    def logs(self) -> Path:
        return self.home / "logs"

    @property
    def run(self) -> Path:
        return self.home / "run"

    @property
    def state(self) -> Path:
        return self.run / "services.json"

    @property
    def users_lock(self) -> Path:
        return self.run / "users.lock"

    @property
    def start_lock(self) -> Path:
        return self.run / "start.lock"

    @property
    def keeper_lock(self) -> Path:
        return self.run / "keeper.lock"

    def make(self) -> None:
        for folder in (self.home, self.logs, self.run):
            folder.mkdir(parents=True, exist_ok=True)

    def read_services(self) -> Services:
        """Return the addresses that the launcher stored."""
        stored = json.loads(self.state.read_text())
        return Services(stored["database_url"], stored["redis_url"], stored["keeper"])

    def write_services(self, services: Services, runtime: Path) -> None:
        content = {
            "database_url": services.database_url,
            "redis_url": services.redis_url,
            "keeper": services.keeper,
            "runtime": str(runtime),
        }
        fresh = self.state.with_suffix(".new")
        fresh.write_text(json.dumps(content))
        fresh.replace(self.state)

    def make_runtime(self, account: Account) -> Path:
        """Return the short folder with an empty socket folder in it.

        A stored folder is reused, so that addresses survive a killed launcher.
        """
        runtime = self._recorded_runtime()
        if runtime is None:
            parent = Path(tempfile.gettempdir())
            if len(str(parent)) > LONGEST_PARENT or not account.can_read(parent):
                parent = Path("/tmp")  # noqa: S108  a fresh private folder is made below it
            runtime = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
        if account.switch:
            runtime.chmod(0o711)
        shutil.rmtree(runtime / "s", ignore_errors=True)
        account.make_private(runtime / "s")
        return runtime

    def remove_runtime(self) -> None:
        """Delete the stored short folder if this home created it, and its record."""
        if (runtime := self._recorded_runtime()) is not None:
            shutil.rmtree(runtime)
        self.state.unlink(missing_ok=True)

    def _recorded_runtime(self) -> Path | None:
        if not self.state.exists():
            return None
        runtime = Path(json.loads(self.state.read_text())["runtime"])
        if not runtime.name.startswith(PREFIX) or runtime.is_symlink() or not runtime.is_dir():
            return None
        return runtime if runtime.stat().st_uid == os.geteuid() else None
