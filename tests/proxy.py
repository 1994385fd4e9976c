"""The reference proxy: a real nginx on the project's own configuration, where one is installed."""

import os
import re
import shutil
import socket
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

CONFIGURATION = Path(__file__).resolve().parents[1] / "deploy" / "nginx.conf"
#: Where Debian puts it, outside the PATH of ordinary people.
FOLDERS = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"
NGINX = shutil.which("nginx", path=FOLDERS)
READY_SECONDS = 15


@contextmanager
def proxy(site_url, *, folder, media_root):
    """Run nginx in front of a site and yield its address; access.log lies in `folder`."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    text = adapted(CONFIGURATION.read_text(), site_url, port, folder, media_root)
    path = folder / "nginx.conf"
    path.write_text(text)
    command = [NGINX, "-c", str(path), "-p", str(folder), "-e", str(folder / "error.log")]
    process = subprocess.Popen([*command, "-g", "daemon off;"])
    try:
        _await(process, port, folder)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(15)


def adapted(text, site_url, port, folder, media_root):
    """Return the configuration for this machine; each replaced text must occur."""
    places = {
        "web:8000": urlsplit(site_url).netloc,
        "listen 8080": f"listen 127.0.0.1:{port}",
        "/dev/stderr": str(folder / "error.log"),
        "/dev/stdout": str(folder / "access.log"),
        "/data/media/": f"{media_root}/",
        "/data/proxy-": f"{folder}/proxy-",
        "/etc/editjury/tls": str(folder / "tls"),
        " /tmp/": f" {folder}/",
        "worker_processes auto": "worker_processes 1",
    }
    missing = [old for old in places if old not in text]
    assert not missing
    # At once, since a new text may hold an old one.
    text = re.sub("|".join(map(re.escape, places)), lambda found: places[found[0]], text)
    # Started by root, nginx would read the files of the test as another user.
    return f"user root;\n{text}" if os.geteuid() == 0 else text


def _await(process, port, folder):
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, (folder / "error.log").read_text()
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("nginx does not listen")
