"""`make demo` as a person meets it: real processes, watched from outside."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
SLOW = 300
#: A new home: servers, tables, static files, pictures and judgments.
SLOWEST = 600


def environment(home):
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    # As in the other processes of the tests, see tests/servers.py.
    return kept | {"EDITJURY_HOME": str(home), "OMP_NUM_THREADS": "1"}


def launcher(home, port, *options, python=sys.executable, **streams):
    command = [python, "-m", "demo.launch", "--port", str(port), *options]
    return subprocess.Popen(command, cwd=PROJECT, env=environment(home), text=True, **streams)


def refused(home, port):
    """Start a launcher that must end by itself; return what it said."""
    done = launcher(home, port, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    _, complaint = done.communicate(timeout=SLOW)
    assert done.returncode == 2
    return complaint


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as bound:
        return bound.getsockname()[1]


def answers(url):
    try:
        with urllib.request.urlopen(f"{url}healthz", timeout=5) as response:
            return response.status == 200
    except OSError:
        return False


def wait_until(question, seconds=SLOW):
    deadline = time.monotonic() + seconds
    while not question():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.1)


def processes_of(home):
    """Command lines of the living processes that were started for this home, by pid."""
    found = {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            if "\nState:\tZ" in (folder / "status").read_text():
                continue
            environ = (folder / "environ").read_bytes()
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if str(home).encode() in environ or str(home) in command:
            found[int(folder.name)] = command
    return found


def leaders(home, word):
    """Processes of this home that lead their session and have the word in their command."""
    commands = processes_of(home).items()
    return [pid for pid, command in commands if word in command and os.getsid(pid) == pid]


class Demo:
    """One launcher that is up, its address and what it has said so far."""

    def __init__(self, home, log, *options, python=sys.executable):
        self.home, self.log, self.port = home, log, free_port()
        with log.open("w") as out:
            self.process = launcher(
                home, self.port, *options, python=python, stdout=out, stderr=out
            )
        self.url = f"http://127.0.0.1:{self.port}/"
        try:
            wait_until(self._has_started, seconds=SLOWEST)
            assert self.process.poll() is None, self.said()
        except BaseException:
            self.process.terminate()
            self.process.wait(SLOW)
            raise

    def _has_started(self):
        return "EditJury is at" in self.said() or self.process.poll() is not None

    def said(self):
        return self.log.read_text()
