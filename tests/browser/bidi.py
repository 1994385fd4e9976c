"""A real Firefox over its WebDriver BiDi port, with the standard library alone.

Only what the tests need of RFC 6455 (WebSocket) and of the BiDi specification.
"""

import base64
import contextlib
import itertools
import json
import os
import re
import secrets
import shutil
import socket
import struct
import subprocess
import tempfile
import time
from pathlib import Path

NAMES = ("firefox-esr", "firefox")
HOW = (
    "no Firefox found: `apt-get install --no-install-recommends firefox-esr` as root, "
    "or set FIREFOX to its path"
)
SECONDS = 60
LISTENS = re.compile(rb"WebDriver BiDi listening on ws://127\.0\.0\.1:(\d+)")
#: Keys without a character of their own, as WebDriver writes them.
KEYS = {"Tab": "\ue004", "Enter": "\ue007", "Escape": "\ue00c", "Shift": "\ue008", "Space": " "}
QUIET = {
    "app.normandy.enabled": False,
    "app.update.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "extensions.getAddons.cache.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "",
    "toolkit.telemetry.enabled": False,
}
#: What Firefox does for people who choose a high contrast: `forced-colors` matches.
FORCED_COLOURS = {"browser.display.document_color_use": 2}


def find_firefox():
    """Return the path of a Firefox, or None."""
    if given := os.environ.get("FIREFOX"):
        return shutil.which(given)
    return next(filter(None, map(shutil.which, NAMES)), None)


class WebSocket:
    """Text messages over one connection."""

    def __init__(self, port, path):
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=SECONDS)
        key = base64.b64encode(secrets.token_bytes(16)).decode()
        lines = [
            f"GET {path} HTTP/1.1",
            f"Host: 127.0.0.1:{port}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Key: {key}",
            "Sec-WebSocket-Version: 13",
        ]
        self._socket.sendall("\r\n".join([*lines, "", ""]).encode())
        self._input = self._socket.makefile("rb")
        status = self._input.readline()
        if b" 101 " not in status:
            raise ConnectionError(f"no WebSocket: {status!r}")
        while self._input.readline().strip():
            pass

    def send(self, text):
        data, mask = text.encode(), secrets.token_bytes(4)
        masked = bytes(byte ^ key for byte, key in zip(data, itertools.cycle(mask), strict=False))
        self._socket.sendall(b"\x81" + self._length(len(data)) + mask + masked)

    @staticmethod
    def _length(size):
        if size < 126:
            return struct.pack("!B", 0x80 | size)
        if size < 65_536:
            return struct.pack("!BH", 0x80 | 126, size)
        return struct.pack("!BQ", 0x80 | 127, size)

    def receive(self):
        """Return the next text message; its parts are joined."""
        parts = []
        while True:
            first, second = self._input.read(2)
            size = second & 0x7F
            if size == 126:
                (size,) = struct.unpack("!H", self._input.read(2))
            elif size == 127:
                (size,) = struct.unpack("!Q", self._input.read(8))
            data = self._input.read(size)
            kind = first & 0x0F
            if kind == 8:
                raise ConnectionError("Firefox closed the connection")
            if kind in (0, 1):
                parts.append(data)
                if first & 0x80:
                    return b"".join(parts).decode()

    def close(self):
        self._input.close()
        self._socket.close()


class Firefox:
    """One page of a running Firefox."""

    def __init__(self, port, base_url):
        self._socket = WebSocket(port, "/session")
        self._ids = itertools.count(1)
        self._base_url = base_url
        self.call("session.new", capabilities={})
        (page,) = self.call("browsingContext.getTree")["contexts"]
        self._page = page["context"]

    def call(self, method, **params):
        """Send a command and return its result. Raises AssertionError for a refused one."""
        number = next(self._ids)
        self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            message = json.loads(self._socket.receive())
            if message.get("id") == number:
                assert message["type"] == "success", message
                return message["result"]

    def set_cookie(self, name, value):
        cookie = {"name": name, "value": {"type": "string", "value": value}, "domain": "127.0.0.1"}
        self.call("storage.setCookie", cookie=cookie)

    def resize(self, width, height):
        viewport = {"width": width, "height": height}
        self.call("browsingContext.setViewport", context=self._page, viewport=viewport)

    def goto(self, path):
        url = self._base_url + path
        self.call("browsingContext.navigate", context=self._page, url=url, wait="complete")

    def evaluate(self, expression):
        """Return the JSON value of an expression of the page."""
        answer = self.call(
            "script.evaluate",
            expression=f"JSON.stringify({expression})",
            target={"context": self._page},
            awaitPromise=True,
        )
        assert answer["type"] == "success", answer["exceptionDetails"]["text"]
        return json.loads(answer["result"].get("value", "null"))

    def wait_for(self, expression):
        """Wait until an expression of the page is true."""
        deadline = time.monotonic() + SECONDS
        while not self.evaluate(f"Boolean({expression})"):
            assert time.monotonic() < deadline, f"it never became true: {expression}"
            time.sleep(0.05)

    def press(self, keys):
        """Press keys one after another, as in "r Shift+q Enter"."""
        actions = []
        for combination in keys.split():
            parts = [KEYS.get(part, part) for part in combination.split("+")]
            actions += [{"type": "keyDown", "value": part} for part in parts]
            actions += [{"type": "keyUp", "value": part} for part in reversed(parts)]
        source = {"type": "key", "id": "keyboard", "actions": actions}
        self.call("input.performActions", context=self._page, actions=[source])

    def click(self, selector):
        """Click the middle of the first element that a selector finds."""
        x, y = self.evaluate(
            f"(({{ left, top, width, height }}) => [left + width / 2, top + height / 2])"
            f"(document.querySelector({json.dumps(selector)}).getBoundingClientRect())"
        )
        actions = [
            {"type": "pointerMove", "x": round(x), "y": round(y)},
            {"type": "pointerDown", "button": 0},
            {"type": "pointerUp", "button": 0},
        ]
        source = {"type": "pointer", "id": "mouse", "actions": actions}
        self.call("input.performActions", context=self._page, actions=[source])

    def close(self):
        with contextlib.suppress(OSError):
            self._socket.close()


@contextlib.contextmanager
def running_firefox(path, base_url, prefs=None):
    """Run a Firefox with a fresh profile; yield its page."""
    with tempfile.TemporaryDirectory(prefix="editjury-firefox-") as folder:
        lines = [
            f"user_pref({json.dumps(name)}, {json.dumps(value)});"
            for name, value in (QUIET | (prefs or {})).items()
        ]
        (Path(folder) / "user.js").write_text("\n".join(lines))
        command = [path, "--headless", "--no-remote", "--profile", folder]
        command += ["--remote-debugging-port", "0", "about:blank"]
        log = Path(folder) / "log.txt"
        environment = os.environ | {"MOZ_HEADLESS": "1", "HOME": folder}
        with log.open("wb") as out:
            process = subprocess.Popen(command, stdout=out, stderr=out, env=environment)
        try:
            page = Firefox(_port_of(process, log), base_url)
            yield page
            page.close()
        finally:
            process.terminate()
            process.wait(SECONDS)


def _port_of(process, log):
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if found := LISTENS.search(log.read_bytes()):
            return int(found[1])
        time.sleep(0.05)
    raise AssertionError(f"Firefox did not start: {log.read_text()}")
