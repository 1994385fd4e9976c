"""The attacks. Each runs in a process of its own and returns what it was answered."""

import http.client
import socket
import threading
import time
from collections import Counter
from contextlib import ExitStack, suppress
from urllib.parse import urlencode, urlsplit

COOKIE = "a" * 32
FORM = "application/x-www-form-urlencoded"


def guess_passwords(url, *, seconds, n_connections=16, per_second=50):
    """Send wrong passwords for one account over many connections; return the statuses."""
    statuses, lock, until = Counter(), threading.Lock(), time.monotonic() + seconds
    # Of the annotator who works meanwhile (tests/faults/seeding.py).
    fields = {"username": "faults-1-0", "password": "guess", "csrfmiddlewaretoken": COOKIE}
    body = urlencode(fields)
    headers = {"Content-Type": FORM, "Cookie": f"csrftoken={COOKIE}", "Referer": url}

    def work():
        connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
        while time.monotonic() < until:
            begun = time.monotonic()
            try:
                connection.request("POST", "/login/", body, headers)
                answer = connection.getresponse()
                answer.read()
                status = answer.status
            except OSError:
                connection.close()
                status = 0
            with lock:
                statuses[status] += 1
            time.sleep(max(0.0, n_connections / per_second - (time.monotonic() - begun)))
        connection.close()

    _together(work, n_connections)
    return dict(statuses)


def call_without_pause(url, campaign, token, *, n_calls=10_000):
    """Ask for work as fast as one connection can; return the statuses."""
    statuses = Counter()
    headers = {"Authorization": f"Token {token}", "Content-Type": "application/json"}
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
    path = f"/api/v1/campaigns/{campaign}/assignments/next/"
    for _ in range(n_calls):
        connection.request("POST", path, "{}", headers)
        answer = connection.getresponse()
        answer.read()
        statuses[answer.status] += 1
    connection.close()
    return dict(statuses)


def upload_without_account(url, campaign, *, n_uploads=1000, declared=100_000_000):
    """Begin large uploads as nobody; return the statuses, and how many came before the body."""
    host, port = urlsplit(url).hostname, urlsplit(url).port
    statuses, early = Counter(), 0
    head = (
        f"POST /c/{campaign}/import/ HTTP/1.1\r\nHost: {host}\r\n"
        f"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: {declared}\r\n"
        f"Cookie: csrftoken={COOKIE}\r\nX-CSRFToken: {COOKIE}\r\nReferer: {url}\r\n\r\n"
    )
    for _ in range(n_uploads):
        with socket.create_connection((host, port), timeout=10) as one:
            one.sendall(head.encode() + b"--x\r\n" + b"0" * 1000)
            with suppress(OSError):
                line = one.recv(64).split(b" ", 2)
                early += 1
                statuses[int(line[1]) if len(line) > 1 else 0] += 1
    return {"statuses": dict(statuses), "answered_before_the_body": early}


def hold_half_requests(url, *, seconds, n_sockets=12, with_bodies=False):
    """Hold connections open with half a header each; return how many the server closed.

    with_bodies: every second one has a whole header and ten bytes of a long form.
    """
    host, port = urlsplit(url).hostname, urlsplit(url).port
    with ExitStack() as stack:
        held = [
            stack.enter_context(socket.create_connection((host, port))) for _ in range(n_sockets)
        ]
        form = (
            f"POST /login/ HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Type: {FORM}\r\n"
            f"Content-Length: 50000\r\nCookie: csrftoken={COOKIE}\r\n\r\n0123456789"
        )
        for number, one in enumerate(held):
            whole = with_bodies and number % 2
            one.sendall(form.encode() if whole else b"GET /login/ HTTP/1.1\r\nHost: loc")
        time.sleep(seconds)
        closed = 0
        for one in held:
            one.setblocking(False)
            with suppress(BlockingIOError):
                closed += one.recv(1) == b""
    return {"closed_by_server": closed}


def _together(work, n):
    threads = [threading.Thread(target=work) for _ in range(n)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
