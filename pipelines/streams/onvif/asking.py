"""One question over HTTP to one address: within a time limit, at most so many bytes, no detours."""

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from socket import SHUT_RDWR

from pipelines.streams.onvif.digest import answered, fresh_nonce
from pipelines.streams.onvif.soap import OnvifError, UnauthorisedError

MOST_BYTES = 1 << 20
CONTENT = "application/soap+xml; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Address:
    """Where a service is: only ever the host that was asked for."""

    host: str
    port: int
    path: str

    @property
    def shown(self) -> str:
        """As it is told."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


class Deadline:
    """Time that is left for all questions together."""

    def __init__(self, seconds: float) -> None:
        """``seconds`` from now."""
        self._seconds, self._end = seconds, time.monotonic() + seconds

    def left(self, address: Address) -> float:
        """Seconds left. Raises OnvifError when there are none."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise self.passed(address)
        return left

    def passed(self, address: Address) -> OnvifError:
        """What is told when it is over."""
        return OnvifError(f"{address.shown}: expected an answer within {self._seconds:g} s, got none")

    @property
    def over(self) -> bool:
        """Whether no time is left."""
        return time.monotonic() >= self._end


def ask(address: Address, request: bytes, deadline: Deadline, login: tuple[str, str] | None = None) -> bytes:
    """Post a SOAP request; gives the answer's body, of a fault too.

    ``login`` is the user and password for a camera that asks for HTTP's digest; none else gets them.
    Raises OnvifError; UnauthorisedError where HTTP itself refuses.
    """
    answer = _post(address, request, deadline, {})
    if answer.status == 401 and login is not None:
        said = answered(answer.challenges, *login, address.path, fresh_nonce())
        if said is not None:
            answer = _post(address, request, deadline, {"Authorization": said})
    fault = b"Fault" in answer.content
    if answer.status == 401 and not fault:
        raise UnauthorisedError(f"{address.shown}: the camera refuses the user name and password (HTTP 401)")
    if answer.status // 100 == 3 or (answer.status // 100 != 2 and not fault):
        raise OnvifError(f"{address.shown}: expected an ONVIF camera, got HTTP {answer.status}")
    return answer.content


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    content: bytes
    challenges: tuple[str, ...]


def _post(address: Address, request: bytes, deadline: Deadline, headers: Mapping[str, str]) -> _Answer:
    connection = HTTPConnection(address.host, address.port, timeout=deadline.left(address))
    always = {"Content-Type": CONTENT, "Connection": "close"}
    try:
        connection.connect()
        with _hung_up(connection, deadline.left(address)):
            connection.request("POST", address.path, request, always | dict(headers))
            response = connection.getresponse()
            content = response.read(MOST_BYTES + 1)
    except (OSError, HTTPException, ValueError) as error:
        if deadline.over or isinstance(error, TimeoutError):
            raise deadline.passed(address) from None
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise OnvifError(f"{address.shown}: expected an ONVIF camera, {reason}") from None
    finally:
        connection.close()
    if deadline.over:
        raise deadline.passed(address)
    if len(content) > MOST_BYTES:
        raise OnvifError(f"{address.shown}: expected an answer of at most {MOST_BYTES} bytes, got more")
    challenges = response.headers.get_all("WWW-Authenticate", [])
    return _Answer(response.status, content, tuple(map(str, challenges)))


@contextmanager
def _hung_up(connection: HTTPConnection, seconds: float) -> Iterator[None]:
    """Hang up when time is over: the socket's own limit begins anew with every byte that trickles in."""
    sock = connection.sock

    def hang_up() -> None:
        with suppress(OSError):  # it is over already
            sock.shutdown(SHUT_RDWR)

    timer = threading.Timer(seconds, hang_up)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
