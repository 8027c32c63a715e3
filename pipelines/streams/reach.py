"""Where a camera is never: at an address where a machine asks its cloud or its hypervisor about itself.

What is read there holds keys. A camera may well stand at a private or a link-local address, or behind a
gateway on this machine, so these are no reason to refuse one.
"""

from __future__ import annotations

import socket
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

Address = IPv4Address | IPv6Address

METADATA = frozenset(
    map(
        ip_address,
        (
            "169.254.169.254",  # most clouds
            "169.254.170.2",  # containers at Amazon
            "100.100.100.200",  # Alibaba
            "168.63.129.16",  # Azure
            "192.0.0.192",  # Oracle
            "fd00:ec2::254",  # Amazon by IPv6
            "fd20:ce::254",  # Google by IPv6
        ),
    )
)


def embedded(address: Address) -> Address:
    """The IPv4 address that an IPv6 one leads to (mapped, 6to4, NAT64), else the address itself."""
    if isinstance(address, IPv4Address):
        return address
    if address in IPv6Network("64:ff9b::/96"):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def leads_to_metadata(url: str) -> bool:
    """Whether the host of a live url is, or resolves to, one of `METADATA`."""
    try:
        host = urlsplit(url).hostname
    except ValueError:
        return False  # whoever opens it says what is wrong with it
    return host is not None and any(embedded(address) in METADATA for address in _addresses(host))


def _addresses(host: str) -> Iterable[Address]:
    try:
        found = {str(entry[4][0]).partition("%")[0] for entry in socket.getaddrinfo(host, None)}
    except (OSError, UnicodeError):
        return ()
    return map(ip_address, found)
