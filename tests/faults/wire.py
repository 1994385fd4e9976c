"""One client's connection: kept alive, cut on purpose, and opened again when it was lost."""

import http.client
import json
import random
import socket
import struct
import time
from collections import Counter
from urllib.parse import urlsplit

BROKEN = (OSError, http.client.HTTPException, json.JSONDecodeError)
LONGEST_PAUSE = 1.0
# A closed socket that says so at once (RST) instead of politely (FIN).
ABRUPT = struct.pack("ii", 1, 0)


class OutOfTime(Exception):
    """No answer came before the client gave up for good."""


class Wire:
    """Sends requests until one is answered below 500. Not for two threads at once.

    counts: requests, connections, retries, cuts, lost (no answer) and each status seen.
    words: what was said with statuses from 500 on.
    """

    def __init__(self, url, token, seed, deadline):
        self.host, self.port = urlsplit(url).hostname, urlsplit(url).port
        self.token, self.deadline = token, deadline
        self.random = random.Random(seed)
        self.counts, self.words = Counter(), Counter()
        self.connection = None

    def insist(self, path, body):
        """Return (status, answer) of the first attempt that gets one below 500."""
        pause = 0.02
        while time.monotonic() < self.deadline:
            result = self._once(path, body)
            if result is not None and result[0] < 500:
                return result
            self.counts["retries"] += 1
            time.sleep(pause * self.random.uniform(0.5, 1.5))
            pause = min(LONGEST_PAUSE, pause * 2)
        raise OutOfTime

    def cut(self, path, body, share):
        """Send a request, or its first `share`, and be gone before there is an answer."""
        data = json.dumps(body).encode()
        head = "".join(f"{name}: {value}\r\n" for name, value in self._headers().items())
        whole = (
            f"POST /api/v1/{path} HTTP/1.1\r\nHost: localhost\r\n{head}"
            f"Content-Length: {len(data)}\r\n\r\n"
        ).encode()
        sent = data[: round(len(data) * share)]
        self.counts["cuts"] += 1
        try:
            with socket.create_connection((self.host, self.port), timeout=10) as one:
                if self.random.random() < 0.5:
                    one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, ABRUPT)
                one.sendall(whole + sent)
                time.sleep(self.random.choice([0, 0, 0.01, 0.05]))
        except OSError:
            self.counts["lost"] += 1

    def _once(self, path, body):
        """Return (status, answer), or None when the connection was lost."""
        self.counts["requests"] += 1
        try:
            if self.connection is None:
                self.connection = http.client.HTTPConnection(self.host, self.port, timeout=20)
                self.counts["connections"] += 1
            headers = self._headers()
            self.connection.request("POST", f"/api/v1/{path}", json.dumps(body), headers)
            answer = self.connection.getresponse()
            said = answer.read()
            if answer.will_close:
                self.close()
            self.counts[answer.status] += 1
            if answer.status >= 500:
                at = "next" if path.endswith("next/") else path.split("/")[-2]
                self.words[f"{answer.status} {at}: {said[:120].decode()}"] += 1
                return answer.status, None
            return answer.status, json.loads(said)
        except BROKEN:
            self.counts["lost"] += 1
            self.close()
            return None

    def _headers(self):
        return {
            "Authorization": f"Token {self.token}",
            "Content-Type": "application/json",
            # A client's clock proves nothing.
            "Date": f"Thu, 01 Jan {self.random.choice([1970, 2009, 2099])} 00:00:00 GMT",
        }

    def close(self):
        if self.connection is not None:
            self.connection.close()
            self.connection = None
