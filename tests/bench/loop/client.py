"""A client of negligible cost: one thread, one kept connection per annotator, no think time."""

import selectors
import socket
import time
import uuid
from dataclasses import dataclass, field

ANSWER = (
    '{"client_id":"%s","scores":{"instruction_following":[4,2],"visual_quality":[3,3]},'
    '"verdict":{"ranks":[1,2],"tie_kind":null},"note":"","active_ms":8000,'
    '"evidence":{"zooms":3,"switches":5},"ahead":%d}'
)
FIRST_ID = b'"assignments":[{"id":"'


class Refused(Exception):
    """The server answered what a loop does not expect."""


class RanDry(Exception):
    """No comparison was left to lease."""


@dataclass
class Outcome:
    """latencies: seconds of every loop; seconds: from the first request to the end of the time."""

    latencies: list[float] = field(default_factory=list)
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    stored: int = 0


class Loop:
    """One annotator's requests: `first` begins, `follow` says what comes after an answer."""

    def __init__(self, address, campaign, token):
        self.headers = (
            f"Host: localhost\r\nAuthorization: Token {token}\r\nAccept: */*\r\n"
            "Content-Type: application/json\r\nContent-Length: "
        )
        self.campaign = campaign
        self.socket = socket.create_connection(address)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setblocking(False)
        self.received = b""
        self.started = 0.0
        self.is_answer = False

    def post(self, path, body):
        text = f"POST {path} HTTP/1.1\r\n{self.headers}{len(body)}\r\n\r\n{body}"
        self.socket.sendall(text.encode())

    def ask(self):
        self.is_answer = False
        self.post(f"/api/v1/campaigns/{self.campaign}/assignments/next/", '{"ahead":1}')

    def answer(self, assignment, ahead):
        self.is_answer = True
        self.post(f"/api/v1/assignments/{assignment}/judgment/", ANSWER % (uuid.uuid4(), ahead))

    def read(self):
        """Return the body of a complete answer, or None."""
        self.received += self.socket.recv(65536)
        head, found, body = self.received.partition(b"\r\n\r\n")
        if not found:
            return None
        at = head.lower().index(b"content-length:") + 15
        length = int(head[at:].split(b"\r\n", 1)[0])
        if len(body) < length:
            return None
        self.received = b""
        if head[9:12] not in {b"200", b"201"}:
            raise Refused(f"{head[:15]!r} {body[:300]!r}")
        return body

    def leased(self, body):
        at = body.find(FIRST_ID)
        if at < 0:
            raise RanDry(body[:200])
        return body[at + len(FIRST_ID) : at + len(FIRST_ID) + 36].decode()

    def first(self):
        self.ask()

    def follow(self, body):
        """Send the next request of the round, or return False when the round is over."""
        if self.is_answer:
            return False
        self.answer(self.leased(body), 0)
        return True


class Combined(Loop):
    """One request a round: the answer, which brings the next assignment."""

    assignment = None

    def first(self):
        if self.assignment is None:
            self.ask()
        else:
            self.answer(self.assignment, 1)

    def follow(self, body):
        self.assignment = self.leased(body)
        if self.is_answer:
            return False
        self.answer(self.assignment, 1)
        return True


class Floor(Loop):
    def first(self):
        self.is_answer = False
        self.post("/floor/read/", '{"ahead":1}')

    def follow(self, _body):
        if self.is_answer:
            return False
        self.is_answer = True
        self.post("/floor/write/", ANSWER % (uuid.uuid4(), 0))
        return True


def drive(loops, seconds):
    """Let all annotators work for some seconds; what is under way then is finished, not counted."""
    outcome = Outcome()
    chooser = selectors.DefaultSelector()
    for loop in loops:
        chooser.register(loop.socket, selectors.EVENT_READ, loop)
    cpu, start = time.process_time(), time.perf_counter()
    end, working = start + seconds, len(loops)
    for loop in loops:
        loop.started = time.perf_counter()
        loop.first()
    while working:
        for key, _ in chooser.select():
            loop = key.data
            body = loop.read()
            if body is None:
                continue
            outcome.stored += loop.is_answer
            if loop.follow(body):
                continue
            now = time.perf_counter()
            if now > end:
                working -= 1
                continue
            outcome.latencies.append(now - loop.started)
            loop.started = now
            loop.first()
    outcome.seconds, outcome.cpu_seconds = seconds, time.process_time() - cpu
    chooser.close()
    return outcome
