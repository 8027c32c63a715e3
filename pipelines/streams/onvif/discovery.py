"""Which ONVIF cameras answer in this network: WS-Discovery (OASIS, April 2005), by UDP multicast."""

import socket
import struct
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit
from xml.etree.ElementTree import Element

from pipelines.streams.onvif.soap import OnvifError, envelope, every, first, parsed, text_of, tidy

GROUP = ("239.255.255.250", 3702)
LARGEST_DATAGRAM = 65_535
MOST_CAMERAS = 2000
BUFFERED = 1 << 20
"""Bytes: a hall's cameras answer all at once."""
AGAIN_S = 0.5
"""UDP loses datagrams, so all is asked twice, so far apart."""
_DISCOVERY = "http://schemas.xmlsoap.org/ws/2005/04/discovery"
_ADDRESSING = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
KINDS = (
    ("http://www.onvif.org/ver10/network/wsdl", "NetworkVideoTransmitter"),
    ("http://www.onvif.org/ver10/device/wsdl", "Device"),
)
"""Older and newer cameras answer to one or the other."""
_SCOPE = "onvif://www.onvif.org/"


@dataclass(frozen=True, slots=True)
class Found:
    """One camera that has answered."""

    host: str
    """Where the answer came from."""
    name: str
    hardware: str
    location: str
    addresses: tuple[str, ...]
    """Of its device service; those on `host` first."""
    endpoint: str
    """Its own id, the same on every network."""

    def line(self) -> dict[str, str | list[str]]:
        """It as JSON."""
        return {
            "host": self.host,
            "name": self.name,
            "hardware": self.hardware,
            "location": self.location,
            "addresses": list(self.addresses),
            "endpoint": self.endpoint,
        }


def probe(message: str, namespace: str, kind: str) -> bytes:
    """The question who is there, for one kind of device; ``message`` is its id."""
    body = f'<d:Probe xmlns:d="{_DISCOVERY}" xmlns:k="{namespace}"><d:Types>k:{kind}</d:Types></d:Probe>'
    header = (
        f'<s:Header xmlns:a="{_ADDRESSING}"><a:MessageID>urn:uuid:{message}</a:MessageID>'
        f"<a:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To><a:Action>{_DISCOVERY}/Probe</a:Action>"
        "</s:Header>"
    )
    return envelope(body).replace(b"<s:Body>", header.encode() + b"<s:Body>", 1)


def matches(content: bytes, host: str, asked: Iterable[str]) -> list[Found]:
    """The cameras that a datagram from ``host`` tells of, if it answers one of the messages ``asked``."""
    try:
        root = parsed(content)
    except OnvifError:
        return []
    related = text_of(root, "RelatesTo").lower()
    if not any(related.endswith(message) for message in asked):
        return []
    return [_found(match, host) for match in every(root, "ProbeMatch")]


def merged(found: Iterable[Found]) -> list[Found]:
    """Each camera once, by its endpoint: it answers to both kinds, on each network, and twice."""
    cameras: dict[str, Found] = {}
    for one in found:
        key = one.endpoint or one.host
        known = cameras.get(key)
        if known is None:
            if len(cameras) < MOST_CAMERAS:
                cameras[key] = one
        else:
            more = tuple(address for address in one.addresses if address not in known.addresses)
            cameras[key] = Found(
                known.host,
                known.name or one.name,
                known.hardware or one.hardware,
                known.location or one.location,
                (*known.addresses, *more),
                known.endpoint,
            )
    return sorted(cameras.values(), key=lambda one: _in_order(one.host))


def discover(timeout_s: float, *, to: tuple[str, int] = GROUP) -> list[Found]:
    """Ask who is there, and wait ``timeout_s`` seconds for all answers; ``to`` may be one camera's address.

    Raises OnvifError when there is no network to ask in.
    """
    asked = {str(uuid.uuid4()): kind for kind in KINDS}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFERED)
        return merged(_answers(sock, asked, to, timeout_s))


def _answers(
    sock: socket.socket, asked: Mapping[str, tuple[str, str]], to: tuple[str, int], timeout_s: float
) -> Iterator[Found]:
    began = time.monotonic()
    waves = [began + min(AGAIN_S, timeout_s / 2), began]
    while (now := time.monotonic()) < began + timeout_s:
        if waves and now >= waves[-1]:
            waves.pop()
            for message, kind in asked.items():
                _send(sock, probe(message, *kind), to)
        sock.settimeout(max(0.001, (waves[-1] if waves else began + timeout_s) - now))
        try:
            content, (host, *_) = sock.recvfrom(LARGEST_DATAGRAM)
        except (TimeoutError, ConnectionError):  # nobody yet, or one address at which nobody listens
            continue
        yield from matches(content, host, asked)


def _send(sock: socket.socket, content: bytes, to: tuple[str, int]) -> None:
    """Into every network that this machine is in, or to one address."""
    if to != GROUP:
        try:
            sock.sendto(content, to)
        except OSError as error:
            raise OnvifError(f"{to[0]}: cannot be asked: {error.strerror}") from None
        return
    refusals = [_send_into(sock, content, index) for index, _ in socket.if_nameindex()]
    if all(refusals):
        why = ", ".join(sorted({refusal for refusal in refusals if refusal})) or "there is none"
        raise OnvifError(f"expected a network in which can be asked for cameras: {why}")


def _send_into(sock: socket.socket, content: bytes, interface: int) -> str | None:
    """Why it cannot be sent into one network, None when it was."""
    try:
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, struct.pack("=4x4xi", interface))
        sock.sendto(content, GROUP)
    except OSError as error:
        return error.strerror or type(error).__name__
    return None


def _found(match: Element, host: str) -> Found:
    endpoint = first(match, "EndpointReference")
    scopes = _scopes(text_of(match, "Scopes"))
    urls = [url for url in text_of(match, "XAddrs").split() if _usable(url)]
    urls.sort(key=lambda url: urlsplit(url).hostname != host)
    return Found(
        host,
        scopes.get("name", ""),
        scopes.get("hardware", ""),
        scopes.get("location", ""),
        tuple(dict.fromkeys(urls)),
        text_of(endpoint, "Address"),
    )


def _scopes(text: str) -> dict[str, str]:
    """`onvif://www.onvif.org/name/East%20door` as name: East door; the first of each kind."""
    found: dict[str, str] = {}
    for scope in text.split():
        kind, sign, value = scope.removeprefix(_SCOPE).partition("/")
        if scope.startswith(_SCOPE) and sign:
            found.setdefault(kind.lower(), tidy(unquote(value)))
    return found


def _usable(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        return False


def _in_order(host: str) -> tuple[int, ...]:
    """Addresses by their numbers, not as words."""
    return tuple(int(part) for part in host.split(".") if part.isdecimal())
