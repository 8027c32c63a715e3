"""The streams of one ONVIF camera: what each is, and where."""

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlsplit
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape

from pipelines.streams.onvif.asking import Address, Deadline, ask
from pipelines.streams.onvif.soap import (
    DEVICE,
    MEDIA,
    MEDIA2,
    SCHEMA,
    FaultError,
    OnvifError,
    Token,
    UnauthorisedError,
    answer,
    envelope,
    every,
    first,
    text_of,
    tidy,
)

SERVICE_PATH = "/onvif/device_service"
MOST_PROFILES = 16
_PLAIN_URL = re.compile(r"rtsps?://[A-Za-z0-9\-._~:/?#\[\]@!&'()*+,;=%]{1,900}")
"""What stands in a site file between quotes: nothing in it may end them, or be filled in."""


@dataclass(frozen=True, slots=True)
class Stream:
    """One profile of a camera."""

    name: str
    codec: str
    width: int
    height: int
    fps: float | None
    url: str
    """With the user's name, and the name of the variable in place of the password."""

    def line(self) -> dict[str, str | int | float | None]:
        """It as JSON."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Looked:
    """What a camera told: its streams, largest first."""

    streams: tuple[Stream, ...]
    clock_off_s: float | None
    """How far its clock is ahead of ours; None where it does not tell."""
    elsewhere: tuple[str, ...]
    """Hosts that it names in its streams' addresses instead of the one that was asked."""


@dataclass(frozen=True, slots=True)
class Login:
    """Who asks."""

    user: str
    password: str = field(repr=False)
    variable: str
    """The environment variable that holds the password where cameras are watched."""


class Camera:
    """One ONVIF camera, asked within one time limit."""

    def __init__(
        self,
        host: str,
        login: Login | None,
        *,
        timeout_s: float,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """``host`` as `address_of` takes it. Raises OnvifError."""
        self._address, self._login = address_of(host), login
        self._deadline, self._now = Deadline(timeout_s), now
        self._ahead = timedelta(0)

    def look(self) -> Looked:
        """Its streams. Raises OnvifError; UnauthorisedError for a login that it refuses, tried once only."""
        off = self._clock()
        self._ahead = off or timedelta(0)
        services = self._services()
        space = MEDIA2 if MEDIA2 in services else MEDIA
        if space not in services:
            raise OnvifError(f"{self._address.shown}: expected a camera, it has no media service")
        media = self._at(services[space])
        profiles = list(
            every(self._ask(media, f'<GetProfiles xmlns="{space}">{_types(space)}</GetProfiles>'), "Profiles")
        )
        found = [
            self._stream(media, space, profile)
            for profile in profiles[:MOST_PROFILES]
            if _encoder(profile) is not None
        ]
        if not found:
            raise OnvifError(f"{self._address.shown}: expected a camera, it has no profile with a video")
        streams = sorted((stream for stream, _ in found), key=lambda stream: -stream.width * stream.height)
        elsewhere = {host for _, host in found if host is not None}
        seconds = None if off is None else off.total_seconds()
        return Looked(tuple(streams), seconds, tuple(sorted(elsewhere)))

    def _clock(self) -> timedelta | None:
        """How far its clock is ahead of ours: a login is good only by its clock."""
        try:
            told = self._ask(self._address, f'<GetSystemDateAndTime xmlns="{DEVICE}"/>', anonymous=True)
        except (FaultError, UnauthorisedError):
            return None
        return clock_of(told, self._now())

    def _services(self) -> dict[str, str]:
        """By namespace: the addresses of its services."""
        asked = f'<GetServices xmlns="{DEVICE}"><IncludeCapability>false</IncludeCapability></GetServices>'
        try:
            told = self._ask(self._address, asked)
        except FaultError:  # an old one
            told = self._ask(
                self._address,
                f'<GetCapabilities xmlns="{DEVICE}"><Category>Media</Category></GetCapabilities>',
            )
            return {MEDIA: text_of(first(told, "Media"), "XAddr")}
        return {text_of(one, "Namespace"): text_of(one, "XAddr") for one in every(told, "Service")}

    def _stream(self, media: Address, space: str, profile: Element) -> tuple[Stream, str | None]:
        token = escape(profile.get("token", ""))
        if space == MEDIA2:
            setup = f"<Protocol>RTSP</Protocol><ProfileToken>{token}</ProfileToken>"
        else:
            setup = (
                f'<StreamSetup><Stream xmlns="{SCHEMA}">RTP-Unicast</Stream><Transport xmlns="{SCHEMA}">'
                f"<Protocol>RTSP</Protocol></Transport></StreamSetup><ProfileToken>{token}</ProfileToken>"
            )
        told = self._ask(media, f'<GetStreamUri xmlns="{space}">{setup}</GetStreamUri>')
        url, host = self._pasted(text_of(told, "Uri"))
        encoder = _encoder(profile)
        size = None if encoder is None else first(encoder, "Resolution")
        stream = Stream(
            name=text_of(profile, "Name") or tidy(profile.get("token", "")),
            codec=text_of(encoder, "Encoding").upper(),
            width=_number(text_of(size, "Width")),
            height=_number(text_of(size, "Height")),
            fps=_rate(text_of(encoder, "FrameRateLimit")),
            url=url,
        )
        return stream, host

    def _pasted(self, told: str) -> tuple[str, str | None]:
        """A stream's address for the site file, and the host that it names if that is another one."""
        if not _PLAIN_URL.fullmatch(told):
            raise OnvifError(
                f"{self._address.shown}: expected rtsp:// addresses of its streams, got another form"
            )
        try:
            parts = urlsplit(told)
            port, named = parts.port, parts.hostname or ""
        except ValueError:
            raise OnvifError(
                f"{self._address.shown}: expected an rtsp:// address with a port, got another form"
            ) from None
        host = f"[{self._address.host}]" if ":" in self._address.host else self._address.host
        login, rest = "", told.partition("://")[2].partition("/")[2]
        if self._login is not None:
            login = f"{quote(self._login.user, safe='')}:${{{self._login.variable}}}@"
            rest = _without(rest, self._login)
        place = host if port is None else f"{host}:{port}"
        return (
            f"{parts.scheme}://{login}{place}/{rest}",
            None if named == self._address.host.lower() else named,
        )

    def _at(self, told: str) -> Address:
        """A service's address: its path, on the host that was asked."""
        try:
            parts = urlsplit(told)
            port = parts.port if parts.hostname == self._address.host.lower() else None
        except ValueError:
            raise OnvifError(f"{self._address.shown}: expected the address of its media service") from None
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        return Address(self._address.host, port or self._address.port, path or SERVICE_PATH)

    def _ask(self, address: Address, body: str, *, anonymous: bool = False) -> Element:
        token, login = None, None
        if self._login is not None and not anonymous:
            login, created = (self._login.user, self._login.password), self._now() + self._ahead
            token = Token(*login, secrets.token_bytes(16), created)
        content = ask(address, envelope(body, token), self._deadline, login)
        wanted = body[1:].partition(" ")[0] + "Response"
        try:
            return answer(content, wanted)
        except OnvifError as error:
            raise type(error)(f"{address.shown}: {error}") from None


def address_of(host: str) -> Address:
    """`camera-1`, `camera-1:8000` or the address of its device service. Raises OnvifError."""
    told = f"expected a camera like 192.168.1.64, 192.168.1.64:8000 or http://192.168.1.64{SERVICE_PATH}"
    try:
        parts = urlsplit(host if "://" in host else f"http://{host}")
        port = parts.port
    except ValueError:
        raise OnvifError(f"HOST: {told}") from None
    if parts.scheme != "http" or not parts.hostname or "@" in parts.netloc or not host.isprintable():
        raise OnvifError(f"HOST: {told}, without a login")
    return Address(parts.hostname, port or 80, parts.path if len(parts.path) > 1 else SERVICE_PATH)


def clock_of(told: Element, now: datetime) -> timedelta | None:
    """How far the clock in a `GetSystemDateAndTimeResponse` is ahead of ``now``; None where there is none."""
    utc = first(told, "UTCDateTime")
    names = ("Year", "Month", "Day", "Hour", "Minute", "Second")
    try:
        year, month, day, hour, minute, second = (int(text_of(utc, name)) for name in names)
        return datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC) - now
    except (ValueError, OverflowError):
        return None


def _types(space: str) -> str:
    return "<Type>VideoEncoder</Type>" if space == MEDIA2 else ""


def _encoder(profile: Element) -> Element | None:
    return first(profile, "VideoEncoderConfiguration", "VideoEncoder")


def _number(text: str) -> int:
    return int(text) if re.fullmatch(r"\d{1,6}", text) else 0


def _rate(text: str) -> float | None:
    return float(text) if re.fullmatch(r"\d{1,4}(\.\d{1,6})?", text) else None


def _without(rest: str, login: Login) -> str:
    """A path in which the camera repeats the password, with the variable's name in its place."""
    for said in {login.password, quote(login.password, safe="")} - {""}:
        rest = rest.replace(said, f"${{{login.variable}}}")
    return rest
