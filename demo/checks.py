"""What can be in the way of a demo on a stranger's machine, and whether it answers."""

import errno
import socket
import urllib.request

#: An own opener: HTTP_PROXY would send the question for this machine to the proxy.
_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def why_not_bound(port: int, refusal: OSError) -> str:
    """Return what is wrong with the port and which one is free."""
    remedy = f"try `make demo PORT={_free_port(max(port + 1, 8000))}`."
    if refusal.errno == errno.EADDRINUSE:
        return f"Port {port} on 127.0.0.1 is taken by another program: {remedy}"
    if refusal.errno == errno.EACCES:
        return f"Port {port} is reserved for root: {remedy}"
    return f"Port {port} on 127.0.0.1 cannot be used ({refusal.strerror}): {remedy}"


def answers(url: str) -> bool:
    """Whether the web server says that it is well."""
    try:
        with _direct.open(f"{url}healthz", timeout=2):
            return True
    except OSError:
        return False


def _free_port(first: int) -> int:
    for port in range(first, min(first + 100, 65536)):
        with socket.socket() as attempt:
            attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                attempt.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    return 0
