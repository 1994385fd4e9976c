"""The bundled Redis: a private unix socket, no port, no persistence."""

import signal
import subprocess
import time
from pathlib import Path

import redis

from config.embedded.account import Account
from config.embedded.binaries import Binaries
from config.embedded.errors import EmbeddedError
from config.embedded.server import Launch, spawn, stop, tail

START_SECONDS = 20.0


class RedisServer:
    """One Redis server. Its content may be lost at any time, so it is never saved."""

    def __init__(self, folder: Path, sockets: Path, log: Path, account: Account) -> None:
        self.folder, self.log, self.account = folder, log, account
        self.socket = sockets / "redis.sock"
        self.child: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis+socket://{self.socket}"

    def start(self, binaries: Binaries) -> None:
        """Start and wait until it answers; raises EmbeddedError with the end of its log."""
        self.account.make_private(self.folder)
        self.socket.unlink(missing_ok=True)
        command = [str(binaries.redis), "--port", "0", "--unixsocket", str(self.socket)]
        command += ["--unixsocketperm", "700", "--save", "", "--appendonly", "no"]
        command += ["--dir", ".", "--daemonize", "no"]
        since = self.log.stat().st_size if self.log.exists() else 0
        launch = Launch(command, self.folder, self.log, signal.SIGTERM)
        self.child = spawn(launch, self.account)
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self.child.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise EmbeddedError(f"Redis did not start ({self.log}):\n{tail(self.log, since)}")
            time.sleep(0.02)

    def stop(self) -> None:
        if self.child is not None:
            stop(self.child, [(signal.SIGTERM, 5), (signal.SIGKILL, 5)])
            self.child = None

    def _answers(self) -> bool:
        try:
            with redis.Redis(unix_socket_path=str(self.socket), socket_timeout=5) as client:
                return bool(client.ping())
        except redis.ConnectionError:
            return False
