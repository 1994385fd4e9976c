"""The bundled PostgreSQL: its data folder, its command line, its recovery from a crash."""

import os
import signal
import subprocess
import time
from pathlib import Path

import psycopg
from psycopg import sql

from config.embedded.account import Account
from config.embedded.binaries import MAJOR, Binaries
from config.embedded.errors import EmbeddedError
from config.embedded.server import Launch, clean_environment, spawn, stop, tail

ROLE = DATABASE = "editjury"
START_SECONDS = 60.0
#: Below this, PostgreSQL's parallel queries may not fit in /dev/shm (containers often have 64 MB).
SHARED_MEMORY_BYTES = 256 * 1024 * 1024


class Postgres:
    """One PostgreSQL server on a data folder and a private socket folder."""

    def __init__(
        self,
        data: Path,
        sockets: Path,
        log: Path,
        account: Account,
        *,
        shared_memory: Path = Path("/dev/shm"),  # noqa: S108  the system's own mount
    ) -> None:
        self.data, self.sockets, self.log, self.account = data, sockets, log, account
        self.shared_memory = shared_memory
        self.child: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"postgres://{ROLE}@{str(self.sockets).replace('/', '%2F')}/{DATABASE}"

    def prepare(self, binaries: Binaries) -> None:
        """Create the data folder if missing; refuse one of another major version."""
        version = self.data / "PG_VERSION"
        if version.exists():
            refuse_other_major(self.data, version.read_text().strip())
            return
        if self.data.exists() and any(self.data.iterdir()):
            raise EmbeddedError(f"{self.data} has files but no PostgreSQL data: move it away.")
        self.account.make_private(self.data)
        command = [str(binaries.initdb), "-D", self._reachable_data(), f"--username={ROLE}"]
        command += ["--auth=trust", "--encoding=UTF8", "--no-instructions"]
        command += ["--locale-provider=builtin", "--locale=C", "--builtin-locale=C.UTF-8"]
        made = subprocess.run(
            command,
            cwd=self.data,
            env=dict(clean_environment()),
            preexec_fn=self.account.drop_privileges,
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode != 0:
            raise EmbeddedError(f"PostgreSQL could not set up {self.data}: {made.stderr.strip()}")

    def start(self, binaries: Binaries) -> None:
        """Start and wait until it answers; recovers from an earlier crash."""
        self._await_former_postmaster()
        since = self.log.stat().st_size if self.log.exists() else 0
        deadline = time.monotonic() + START_SECONDS
        while True:
            self.child = spawn(self._launch(binaries), self.account)
            if self._answers(deadline):
                break
            log_tail = tail(self.log, since)
            # Backends of a killed postmaster need a moment to end. A server that was killed during
            # recovery restarts the recovery.
            killed = (self.child.poll() or 0) < 0
            held = "pre-existing shared memory block" in log_tail
            if (killed or held) and time.monotonic() < deadline:
                time.sleep(0.5)
                continue
            self.stop()
            raise EmbeddedError(f"PostgreSQL did not start ({self.log}):\n{log_tail}")
        self._create_database()

    def stop(self) -> None:
        """Stop in fast mode (clients are disconnected, no commit is lost), then kill."""
        if self.child is not None:
            stop(
                self.child,
                [(signal.SIGINT, 30), (signal.SIGQUIT, 5), (signal.SIGKILL, 5)],
            )
            self.child = None

    def _launch(self, binaries: Binaries) -> Launch:
        options = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.sockets),
            "unix_socket_permissions": "0700",
            "fsync": "on",
            "synchronous_commit": "on",
            "full_page_writes": "on",
            "dynamic_shared_memory_type": shared_memory_type(self.shared_memory),
            "timezone": "UTC",
            "log_timezone": "UTC",
        }
        command = [str(binaries.postgres), "-D", self._reachable_data()]
        for name, value in options.items():
            command += ["-c", f"{name}={value}"]
        return Launch(command, self.data, self.log, signal.SIGINT)

    def _reachable_data(self) -> str:
        """Return the data folder's path, or a relative one that needs no permission on its parents.

        The server is started with the folder as working directory.
        """
        return str(self.data) if self.account.can_read(self.data) else "/proc/self/cwd"

    def _answers(self, deadline: float) -> bool:
        while time.monotonic() < deadline:
            if self.child is None or self.child.poll() is not None:
                return False
            try:
                self._connect("postgres").close()
            except psycopg.OperationalError:
                time.sleep(0.02)
            else:
                return True
        return False

    def _create_database(self) -> None:
        with self._connect("postgres") as connection:
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
            if known.fetchone() is None:
                name = sql.Identifier(DATABASE)
                connection.execute(sql.SQL("CREATE DATABASE {}").format(name))

    def _connect(self, database: str) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(
            host=str(self.sockets), user=ROLE, dbname=database, autocommit=True, connect_timeout=5
        )

    def _await_former_postmaster(self) -> None:
        """Wait for a server whose launcher was killed; delete the pid file of another process."""
        pid_file = self.data / "postmaster.pid"
        if not pid_file.exists():
            return
        pid = int(pid_file.read_text().split("\n", 1)[0])
        deadline = time.monotonic() + START_SECONDS
        while works_in(pid, self.data):
            if time.monotonic() > deadline:
                raise EmbeddedError(
                    f"PostgreSQL (process {pid}) still runs on {self.data}: "
                    f"stop it with `kill -INT {pid}`."
                )
            time.sleep(0.1)
        if Path(f"/proc/{pid}").exists():
            # The process id belongs to another program now; PostgreSQL would refuse to start.
            pid_file.unlink(missing_ok=True)


def works_in(pid: int, folder: Path) -> bool:
    """Whether the process lives and has the folder as its working directory."""
    try:
        return Path(f"/proc/{pid}/cwd").samefile(folder)
    except OSError:
        return False


def shared_memory_type(mount: Path) -> str:
    """Return posix, or mmap (files in the data folder) where shared memory is small or absent."""
    try:
        room = os.statvfs(mount)
    except OSError:
        return "mmap"
    return "posix" if room.f_bavail * room.f_frsize >= SHARED_MEMORY_BYTES else "mmap"


def refuse_other_major(data: Path, found: str) -> None:
    """Raise EmbeddedError, with the migration commands, for another major version."""
    if found == str(MAJOR):
        return
    raise EmbeddedError(
        f"{data} was written by PostgreSQL {found}; this EditJury brings PostgreSQL {MAJOR}. "
        f"Start PostgreSQL {found} on it and save the data with "
        f"`pg_dump -h SOCKET_FOLDER -U {ROLE} -Fc -f editjury.dump {DATABASE}`, move the folder "
        f'away, start EditJury once, and load it with `pg_restore -d "$DATABASE_URL" '
        f"--clean --if-exists editjury.dump` (docs/deployment.md)."
    )
