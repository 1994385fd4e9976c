"""Settings of the web server: `gunicorn --config python:config.web_server`."""

import socket
import struct
from typing import Any

#: A connection that sends nothing for so long in the middle of a request is closed. Each holds a
#: thread, and gunicorn's threads have no time limit of their own.
SILENCE_S = 5


def when_ready(server: Any) -> None:
    """Limit the silence on the listening sockets of gunicorn's arbiter; connections inherit it."""
    for listener in server.LISTENERS:
        listener.sock.setsockopt(
            socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", SILENCE_S, 0)
        )
