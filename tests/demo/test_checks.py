"""What is in the way on a stranger's machine: ports, a proxy, another project's variables."""

import errno
import http.server
import os
import socket
import subprocess
import sys
import threading

import pytest

from demo.checks import why_not_bound
from tests.demo.launched import PROJECT, SLOW, environment, launcher

ASK = "import sys; from demo.checks import answers; print(answers(sys.argv[1]))"


class Healthy(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/healthz" else 404)
        self.end_headers()

    def log_message(self, *arguments):
        """Keep the test's output clean."""


@pytest.fixture
def healthy():
    with http.server.HTTPServer(("127.0.0.1", 0), Healthy) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def test_a_proxy_for_the_network_is_not_asked_for_this_machine(healthy, tmp_path):
    proxy = "http://127.0.0.1:9"
    done = subprocess.run(
        [sys.executable, "-c", ASK, healthy],
        cwd=PROJECT,
        env=environment(tmp_path) | {"http_proxy": proxy, "HTTP_PROXY": proxy},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "True\n"


def test_a_taken_port_is_named_with_one_that_is_free():
    with socket.create_server(("127.0.0.1", 0)) as first:
        port = first.getsockname()[1]
        with pytest.raises(OSError, match="in use") as refusal:
            socket.create_server(("127.0.0.1", port))
        message = why_not_bound(port, refusal.value)
    assert f"Port {port} on 127.0.0.1 is taken by another program" in message
    free = int(message.rpartition("PORT=")[2].strip("`."))
    assert free > port
    socket.create_server(("127.0.0.1", free)).close()


def test_a_port_that_only_root_may_use_is_answered_with_an_ordinary_one():
    message = why_not_bound(80, OSError(errno.EACCES, os.strerror(errno.EACCES)))
    assert "reserved for root" in message
    assert int(message.rpartition("PORT=")[2].strip("`.")) >= 8000


def test_a_home_that_cannot_be_made_is_refused_with_what_to_set():
    done = launcher("/proc/nowhere", 65001, stderr=subprocess.PIPE)
    _, complaint = done.communicate(timeout=SLOW)
    assert done.returncode == 2
    assert complaint.startswith("/proc/nowhere cannot be used")
    assert "EDITJURY_HOME" in complaint
    assert len(complaint.splitlines()) == 1
