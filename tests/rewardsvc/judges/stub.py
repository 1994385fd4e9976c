"""A local endpoint that speaks the protocol of chat completions, with faults on demand."""

import base64
import io
import json
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from PIL import Image


def completion(text, *, refusal=None, finish="stop", prompt_tokens=1000, completion_tokens=50):
    message = {"role": "assistant", "content": text}
    if refusal is not None:
        message["refusal"] = refusal
    return {
        "id": "x",
        "object": "chat.completion",
        "choices": [{"index": 0, "message": message, "finish_reason": finish}],
        "usage": {"prompt_tokens": prompt_tokens, "completion_tokens": completion_tokens},
    }


class Stub:
    """What the endpoint was asked, and what it answers.

    answer: (request body) -> text or completion. faults: answered first, one per call: a status,
    "half", "hang", "drop" or bytes. most_at_once: the largest number of calls at a time.
    """

    def __init__(self, answer, faults=()):
        self.answer = answer
        self.faults = list(faults)
        self.bodies, self.headers = [], []
        self.now = self.most_at_once = 0
        self.retry_after = None
        self.pause_s = 0.0
        self.lock = threading.Lock()

    def colours(self, body):
        """Return the first pixel of each picture of a request, in order."""
        parts = body["messages"][1]["content"]
        return [self._colour(part) for part in parts if part["type"] == "image_url"]

    def _colour(self, part):
        data = part["image_url"]["url"].partition(",")[2]
        with Image.open(io.BytesIO(base64.b64decode(data))) as image:
            return image.convert("RGB").getpixel((0, 0))


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        stub = self.server.stub
        with stub.lock:
            stub.now += 1
            stub.most_at_once = max(stub.most_at_once, stub.now)
        try:
            self._respond(stub)
        finally:
            with stub.lock:
                stub.now -= 1

    def _respond(self, stub):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        time.sleep(stub.pause_s)
        with stub.lock:
            stub.bodies.append(body)
            stub.headers.append(dict(self.headers))
            fault = stub.faults.pop(0) if stub.faults else None
        if fault == "drop":
            self.close_connection = True
        elif fault == "hang":
            time.sleep(1.0)
            self.close_connection = True
        elif isinstance(fault, bytes):
            self._send(200, fault)
        elif isinstance(fault, int):
            self._send(fault, b"{}")
        else:
            found = stub.answer(body)
            found = completion(found) if isinstance(found, str) else found
            self._send(200, json.dumps(found).encode(), half=fault == "half")

    def _send(self, status, content, *, half=False):
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        if status == 429 and self.server.stub.retry_after:
            self.send_header("Retry-After", self.server.stub.retry_after)
        self.end_headers()
        self.wfile.write(content[: len(content) // 2] if half else content)
        self.close_connection = True

    def log_message(self, *_):
        pass


@contextmanager
def serving(stub):
    """Yield the base address of a server that answers as the stub says."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.stub = stub
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
