"""No test reaches beyond this machine: Python's own sockets are watched for the whole session."""

import ipaddress
import sys
from typing import Any

LOOKED_UP = {"socket.getaddrinfo": 0, "socket.gethostbyname": 0}
REACHED = {"socket.connect": 1, "socket.sendto": 1}


class OutsideWorld(RuntimeError):
    """A test tried to reach another machine."""


def close() -> None:
    """Refuse every address that is not this machine's, for the rest of the process."""
    sys.addaudithook(_watch)


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if event in LOOKED_UP:
        host = arguments[LOOKED_UP[event]]
    elif event in REACHED:
        address = arguments[REACHED[event]]
        if not isinstance(address, tuple):  # a unix socket's path
            return
        host = address[0]
    else:
        return
    if not _is_here(host):
        raise OutsideWorld(f"{event} to {host!r}: tests may only use this machine.")


def _is_here(host: str | bytes | None) -> bool:
    if isinstance(host, bytes):
        host = host.decode()
    if host in {None, "", "localhost"}:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
