"""Where alerts may be sent: public addresses, and networks that a setting allows (against SSRF).

A name is resolved once and every address it has is judged; who sends connects to the address that was judged,
so a name that resolves to another address a moment later leads nowhere else.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address

from pipelines.streams.reach import METADATA, Address, embedded

Network = IPv4Network | IPv6Network
Resolve = Callable[[str, int], Sequence[str]]


class AddressRefusedError(Exception):
    """A host may not be sent to, or has no address."""


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host as the system knows them. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


@dataclass(frozen=True, slots=True)
class Outside:
    """What may be reached: everything public, and these networks."""

    networks: tuple[Network, ...] = ()
    resolve: Resolve = resolve

    def address(self, host: str, port: int) -> str:
        """The address to connect to. Raises AddressRefusedError unless all of the host's are allowed."""
        try:
            found = [ip_address(text.partition("%")[0]) for text in self.resolve(host, port)]
        except (OSError, UnicodeError, ValueError):
            found = []
        if not found:
            raise AddressRefusedError("the host's name has no address")
        refused = next((address for address in found if not self.allows(address)), None)
        if refused is not None:
            expected = "a public address or one in CONDUCT_ALERT_NETWORKS"
            raise AddressRefusedError(f"expected {expected}, the host has {kind_of(refused)} one")
        return str(found[0])

    def allows(self, address: Address) -> bool:
        """Whether an address may be sent to. One IPv4 in an IPv6 address is judged as what it is."""
        inner = embedded(address)
        public = inner.is_global and not inner.is_multicast and inner not in METADATA
        return public or any(inner in network for network in self.networks)


def kind_of(address: Address) -> str:
    """What kind of address it is, for an error: the address itself may be the hall's secret."""
    inner = embedded(address)
    if inner.is_loopback:
        return "a loopback"
    if inner.is_link_local:
        return "a link-local"
    return "a private" if inner.is_private else "a reserved"
