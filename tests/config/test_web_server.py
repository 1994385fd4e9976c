"""The web server by itself, without a proxy."""

import socket
import time
from contextlib import ExitStack
from urllib.parse import urlsplit

import requests

from config.web_server import SILENCE_S

MORE_THAN_ALL_THREADS = 6


def test_half_sent_requests_hold_the_site_up_for_seconds_only(live_site):
    parts = urlsplit(live_site.url)
    with ExitStack() as stack:
        held = [
            stack.enter_context(socket.create_connection((parts.hostname, parts.port)))
            for _ in range(MORE_THAN_ALL_THREADS)
        ]
        for one in held:
            one.sendall(b"GET /healthz HTTP/1.1\r\nHost: loc")
        assert requests.get(f"{live_site.url}/healthz", timeout=60).status_code == 200
        for one in held:
            one.settimeout(60)
            assert one.recv(1) == b""


def test_whoever_sends_slowly_but_steadily_is_served(live_site):
    parts = urlsplit(live_site.url)
    request = f"GET /healthz HTTP/1.1\r\nHost: {parts.netloc}\r\nConnection: close\r\n\r\n".encode()
    with socket.create_connection((parts.hostname, parts.port), timeout=60) as one:
        for at in range(0, len(request), 20):
            one.sendall(request[at : at + 20])
            time.sleep(SILENCE_S / 10)
        assert one.recv(64).startswith(b"HTTP/1.1 200")
