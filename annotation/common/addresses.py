"""The network address that sent a request."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest


def network_of(request: HttpRequest) -> str:
    """Return the address that sent the request; of IPv6 the /64, which one household owns."""
    sent = request.META.get("REMOTE_ADDR", "")
    if settings.BEHIND_PROXY:
        # The proxy appends the address that it saw; what stands before is the client's claim.
        sent = request.headers.get("X-Forwarded-For", sent).rpartition(",")[2].strip() or sent
    try:
        address = ipaddress.ip_address(sent)
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)
