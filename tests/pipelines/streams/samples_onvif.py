"""An ONVIF camera on loopback: SOAP over HTTP with a login by digest, and answers to WS-Discovery."""

from __future__ import annotations

import base64
import hashlib
import re
import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self
from xml.sax.saxutils import escape

from pipelines.streams.onvif.streams import Camera, Login, Looked

USER, PASSWORD = "viewer", "s3c<r&t"
LOGIN = Login(USER, PASSWORD, "EAST_PASSWORD")
PLENTY_S = 60.0
NONCE = "dcd98b7102dd2f0e8b11d0f600bfb0c093"
FRESH = timedelta(seconds=60)
"""A login older than this, by the camera's own clock, is refused, as real cameras do."""
ENVELOPE = (
    '<?xml version="1.0"?><env:Envelope xmlns:env="http://www.w3.org/2003/05/soap-envelope" '
    'xmlns:tds="http://www.onvif.org/ver10/device/wsdl" xmlns:trt="http://www.onvif.org/ver10/media/wsdl" '
    'xmlns:tr2="http://www.onvif.org/ver20/media/wsdl" xmlns:tt="http://www.onvif.org/ver10/schema" '
    'xmlns:ter="http://www.onvif.org/ver10/error">{header}<env:Body>{body}</env:Body></env:Envelope>'
)


@dataclass(frozen=True)
class Profile:
    """What one stream of the camera is."""

    token: str
    name: str
    size: tuple[int, int]
    codec: str = "H264"
    fps: str = "25"


MAIN, SUB = Profile("p1", "MainStream", (2560, 1440)), Profile("p2", "SubStream", (640, 360), fps="12.5")


def soap(body: str, header: str = "") -> bytes:
    return ENVELOPE.format(body=body, header=header).encode()


def fault(subcode: str, reason: str) -> bytes:
    return soap(
        f"<env:Fault><env:Code><env:Value>env:Sender</env:Value><env:Subcode><env:Value>ter:{subcode}"
        f"</env:Value></env:Subcode></env:Code><env:Reason><env:Text>{reason}</env:Text></env:Reason></env:Fault>"
    )


@dataclass
class FakeCamera:
    """A context that serves. Change what it is by its fields; `answers` come in the place of its own."""

    profiles: Sequence[Profile] = (SUB, MAIN)
    ahead: timedelta = timedelta(0)
    """How far its clock is off."""
    modern: bool = True
    """It knows GetServices; an old one only GetCapabilities."""
    media2: bool = False
    rtsp: str = "rtsp://{host}:554/Streaming/{token}"
    host: str = "127.0.0.1"
    """The host that it believes to be."""
    answers: Mapping[str, Callable[[BaseHTTPRequestHandler], object]] = field(default_factory=dict)
    """By operation: what is done in place of an answer."""
    asked: list[str] = field(default_factory=list)
    http_digest: str = ""
    """The algorithm of HTTP's digest, where it takes that login only."""
    refused: int = 0
    knows: Callable[[str], bool] | None = None
    """Whether a request's login is good, where that is not asked of its digest."""

    def __enter__(self) -> Self:
        camera = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                request = self.rfile.read(int(self.headers["Content-Length"])).decode()
                camera._answer(self, request)

            def log_message(self, *_: object) -> None:
                pass

        self.closing = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def _answer(self, handler: BaseHTTPRequestHandler, request: str) -> None:
        operation = re.search(r"<s:Body><(\w+)", request)
        assert operation is not None
        name = operation[1]
        self.asked.append(name)
        if name in self.answers:
            self.answers[name](handler)
        elif self.http_digest and not self._challenged(handler):
            handler.send_response(401)
            handler.send_header("WWW-Authenticate", 'Basic realm="camera"')
            handler.send_header("WWW-Authenticate", self._challenge)
            handler.send_header("Content-Length", "0")
            handler.end_headers()
        elif not self.http_digest and name != "GetSystemDateAndTime" and not self._knows(request):
            self.refused += 1
            send(handler, fault("NotAuthorized", "Sender not authorized"), 400)
        else:
            content = getattr(self, f"_{name}", lambda _: fault("ActionNotSupported", "no such action"))(
                request
            )
            send(handler, content, 500 if b":Fault" in content else 200)

    def _knows(self, request: str) -> bool:
        if self.knows is not None:
            return self.knows(request)
        parts = {
            name: re.search(rf"<(\w+:)?{name}(?: [^>]*)?>([^<]*)<", request)
            for name in ("Username", "Password", "Nonce", "Created")
        }
        if not all(parts.values()):
            return False
        user, digest, nonce, created = (part[2] for part in parts.values() if part is not None)
        made = datetime.fromisoformat(created.replace("Z", "+00:00"))
        said = hashlib.sha1(base64.b64decode(nonce) + created.encode() + PASSWORD.encode()).digest()
        fresh = abs(made - self.now()) < FRESH
        return user == USER and digest == base64.b64encode(said).decode() and fresh

    @property
    def _challenge(self) -> str:
        asked = f'realm="a camera, east", qop="auth,auth-int", nonce="{NONCE}"'
        return f"Digest {asked}, algorithm={self.http_digest}"

    def _challenged(self, handler: BaseHTTPRequestHandler) -> bool:
        """Whether a request carries the answer to the challenge (RFC 7616, 3.4.1)."""
        given = handler.headers.get("Authorization", "")
        said = {
            name: quoted or plain
            for name, quoted, plain in re.findall(r'(\w+)=(?:"([^"]*)"|([^,\s]+))', given)
        }
        if not said:
            return False
        kind = hashlib.md5 if self.http_digest == "MD5" else hashlib.sha256
        who = kind(f"{USER}:a camera, east:{PASSWORD}".encode()).hexdigest()
        what = kind(f"POST:{handler.path}".encode()).hexdigest()
        right = kind(f"{who}:{NONCE}:{said['nc']}:{said['cnonce']}:auth:{what}".encode()).hexdigest()
        good = (said["username"], said["uri"], said["response"]) == (USER, handler.path, right)
        self.refused += not good
        return good

    def _GetSystemDateAndTime(self, _: str) -> bytes:  # noqa: N802 - ONVIF's own names
        now = self.now()
        return soap(
            "<tds:GetSystemDateAndTimeResponse><tds:SystemDateAndTime><tt:DateTimeType>Manual</tt:DateTimeType>"
            f"<tt:UTCDateTime><tt:Time><tt:Hour>{now.hour}</tt:Hour><tt:Minute>{now.minute}</tt:Minute>"
            f"<tt:Second>{now.second}</tt:Second></tt:Time><tt:Date><tt:Year>{now.year}</tt:Year>"
            f"<tt:Month>{now.month}</tt:Month><tt:Day>{now.day}</tt:Day></tt:Date></tt:UTCDateTime>"
            "</tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse>"
        )

    def _GetServices(self, _: str) -> bytes:  # noqa: N802
        if not self.modern:
            return fault("ActionNotSupported", "Optional Action Not Implemented")
        spaces = ["http://www.onvif.org/ver10/media/wsdl"]
        spaces += ["http://www.onvif.org/ver20/media/wsdl"] if self.media2 else []
        services = "".join(
            f"<tds:Service><tds:Namespace>{space}</tds:Namespace><tds:XAddr>{self._media}</tds:XAddr></tds:Service>"
            for space in spaces
        )
        return soap(f"<tds:GetServicesResponse>{services}</tds:GetServicesResponse>")

    def _GetCapabilities(self, _: str) -> bytes:  # noqa: N802
        return soap(
            "<tds:GetCapabilitiesResponse><tds:Capabilities><tt:Media>"
            f"<tt:XAddr>{self._media}</tt:XAddr></tt:Media></tds:Capabilities></tds:GetCapabilitiesResponse>"
        )

    @property
    def _media(self) -> str:
        return f"http://{self.host}:{self.port}/onvif/Media"

    def _GetProfiles(self, request: str) -> bytes:  # noqa: N802
        two = "ver20" in request
        name, space = ("VideoEncoder", "tr2") if two else ("VideoEncoderConfiguration", "trt")
        told = "".join(
            f'<{space}:Profiles token="{one.token}" fixed="true"><tt:Name>{one.name}</tt:Name>'
            "<tt:VideoSourceConfiguration><tt:Bounds/></tt:VideoSourceConfiguration>"
            f"<tt:{name}><tt:Name>e</tt:Name><tt:Encoding>{one.codec}</tt:Encoding><tt:Resolution><tt:Width>{one.size[0]}"
            f"</tt:Width><tt:Height>{one.size[1]}</tt:Height></tt:Resolution><tt:RateControl>"
            f"<tt:FrameRateLimit>{one.fps}</tt:FrameRateLimit></tt:RateControl></tt:{name}></{space}:Profiles>"
            for one in self.profiles
        )
        audio = f'<{space}:Profiles token="a"><tt:Name>only sound</tt:Name></{space}:Profiles>'
        return soap(f"<{space}:GetProfilesResponse>{told}{audio}</{space}:GetProfilesResponse>")

    def _GetStreamUri(self, request: str) -> bytes:  # noqa: N802
        token = re.search(r"<ProfileToken>(\w+)<", request)
        assert token is not None
        uri = escape(self.rtsp.format(host=self.host, token=token[1]))
        if "ver20" in request:
            return soap(f"<tr2:GetStreamUriResponse><tr2:Uri>{uri}</tr2:Uri></tr2:GetStreamUriResponse>")
        return soap(
            f"<trt:GetStreamUriResponse><trt:MediaUri><tt:Uri>{uri}</tt:Uri></trt:MediaUri></trt:GetStreamUriResponse>"
        )


def send(handler: BaseHTTPRequestHandler, content: bytes, status: int = 200) -> None:
    handler.send_response(status)
    handler.send_header("Content-Length", str(len(content)))
    handler.end_headers()
    handler.wfile.write(content)


Answers = Callable[[str], Sequence[bytes]]
"""From the id of a question's message to the datagrams that answer it."""


class Responder:
    """Answers WS-Discovery on a UDP port of loopback; a context."""

    def __init__(self, answers: Answers, group: tuple[str, int] | None = None) -> None:
        """With ``group`` it hears what is sent to that multicast group on loopback. Raises OSError."""
        self._answers = answers
        self.questions: list[str] = []
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            self._socket.bind(("127.0.0.1", 0) if group is None else group)
            if group is not None:
                joined = socket.inet_aton(group[0]) + socket.inet_aton("127.0.0.1")
                self._socket.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, joined)
        except OSError:
            self._socket.close()
            raise
        self._to = (group or ("127.0.0.1", 0))[0]
        self.port = int(self._socket.getsockname()[1])
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("127.0.0.1"))
            last.sendto(b"", (self._to, self.port))
        self._thread.join()
        self._socket.close()

    def _serve(self) -> None:
        while question := self._socket.recvfrom(65_535):
            content, sender = question
            if not content:
                return
            self.questions.append(content.decode())
            message = re.search(r"MessageID>urn:uuid:([0-9a-f-]+)<", content.decode())
            assert message is not None
            for answer in self._answers(message[1]):
                self._socket.sendto(answer, sender)


def match(
    message: str, *, endpoint: str = "urn:uuid:camera-1", scopes: str = "", addresses: str = ""
) -> bytes:
    """One camera's answer to a message."""
    return soap(
        '<d:ProbeMatches xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"><d:ProbeMatch>'
        f"<a:EndpointReference><a:Address>{endpoint}</a:Address></a:EndpointReference>"
        f"<d:Types>dn:NetworkVideoTransmitter</d:Types><d:Scopes>{scopes}</d:Scopes><d:XAddrs>{addresses}</d:XAddrs>"
        "</d:ProbeMatch></d:ProbeMatches>".replace("a:", "wsa:"),
        f"<env:Header><wsa:RelatesTo>urn:uuid:{message}</wsa:RelatesTo></env:Header>",
    ).replace(b"xmlns:ter", b'xmlns:wsa="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:ter', 1)


BOMB = b"""<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol1 "%s">]>
<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body>&lol1;</s:Body></s:Envelope>""" % (
    b"&lol;" * 999
)
FILE = b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><Envelope><b>&x;</b></Envelope>'


def look(camera: FakeCamera, login: Login | None = LOGIN, timeout_s: float = PLENTY_S) -> Looked:
    return Camera(camera.address, login, timeout_s=timeout_s).look()
