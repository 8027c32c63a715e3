"""`conduct cameras discover` and `streams`: which ONVIF cameras there are, and what each one sends."""

import json
import os
import re
import sys
from collections.abc import Iterator
from typing import Annotated

import typer

from pipelines.streams.onvif.discovery import GROUP, Found
from pipelines.streams.onvif.discovery import discover as discovered
from pipelines.streams.onvif.streams import Camera, Login, Looked, Stream
from service.cli.options import fail

CLOCK_OFF_S = 2.0
"""A camera's clock that is further off is worth a word."""
LOOKED_AT_WIDTH = 1280
"""A smaller sub stream is not proposed: what a phone or a cigarette is too small for is not seen."""


def discover(
    timeout: Annotated[float, typer.Option(help="seconds to wait for answers", min=0.1, max=60)] = 4.0,
    address: Annotated[
        str | None, typer.Option(metavar="HOST[:PORT]", help="ask only there, not the whole network")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="one line of JSON per camera")] = False,
) -> None:
    """Ask the network for ONVIF cameras (WS-Discovery)."""
    found = discovered(timeout, to=GROUP if address is None else _one_address(address))
    for camera in found:
        print(json.dumps(camera.line(), ensure_ascii=False) if as_json else _told(camera))
    if not found:
        told = "multicast ends at this network's routers, and a camera may have ONVIF switched off"
        print(f"no camera answered within {timeout:g} s; {told}", file=sys.stderr)


def streams(
    host: Annotated[str, typer.Argument(metavar="HOST", help="the camera, HOST[:PORT] or its ONVIF address")],
    user: Annotated[str | None, typer.Option(help="ONVIF user; none = without a login")] = None,
    variable: Annotated[
        str,
        typer.Option("--password-variable", metavar="NAME", help="environment variable with the password"),
    ] = "CAMERA_PASSWORD",
    timeout: Annotated[float, typer.Option(help="seconds for all questions", min=1, max=120)] = 15.0,
    as_json: Annotated[bool, typer.Option("--json", help="one line of JSON per stream")] = False,
) -> None:
    """Ask an ONVIF camera for its streams, with addresses for the site file."""
    login = None if user is None else _login(user, variable)
    looked = Camera(host, login, timeout_s=timeout).look()
    if as_json:
        for stream in looked.streams:
            print(json.dumps(stream.line(), ensure_ascii=False))
        return
    for line in _lines(looked):
        print(line)


def _one_address(text: str) -> tuple[str, int]:
    host, _, port = text.partition(":")
    if not re.fullmatch(r"[A-Za-z0-9.-]+", host) or not re.fullmatch(r"\d{1,5}|", port):
        fail(f"--address: expected HOST or HOST:PORT, got {text!r}")
    return host, int(port or GROUP[1])


def _login(user: str, variable: str) -> Login:
    """The password comes from the environment, else whoever sits there is asked."""
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", variable):
        fail(f"--password-variable: expected a variable's name like CAMERA_PASSWORD, got {variable!r}")
    password = os.environ.get(variable)
    if password is None:
        if not sys.stdin.isatty():
            fail(f"expected the password of {user} in the environment variable {variable}")
        password = typer.prompt(f"password of {user}", hide_input=True)
    return Login(user, password, variable)


def _told(camera: Found) -> str:
    words = [camera.host, camera.hardware, camera.name, camera.location, *camera.addresses[:1]]
    return "  ".join(word for word in words if word)


def _lines(looked: Looked) -> Iterator[str]:
    for i, stream in enumerate(looked.streams):
        yield f"{('main', 'sub')[i] if i < 2 else 'further'}: {_described(stream)}"
        yield f"  {stream.url}"
    yield "for the site file, with an id of yours:"
    yield f"  - {{id: CAMERA, {_urls(looked.streams)}}}"
    if looked.elsewhere:
        others = ", ".join(looked.elsewhere)
        yield f"the camera names {others} in its addresses; the host that you asked stands there"
    if looked.clock_off_s is not None and abs(looked.clock_off_s) > CLOCK_OFF_S:
        yield f"the camera's clock is {looked.clock_off_s:+.0f} s off: let it ask an NTP server"


def _described(stream: Stream) -> str:
    rate = "" if stream.fps is None else f", {stream.fps:g} fps"
    return f"{stream.codec or 'unknown codec'} {stream.width} x {stream.height}{rate} ({stream.name})"


def _urls(found: tuple[Stream, ...]) -> str:
    main, others = found[0], found[1:]
    sub = next((one for one in others if one.url != main.url and one.width >= LOOKED_AT_WIDTH), None)
    return f'url: "{main.url}"' + ("" if sub is None else f', sub_url: "{sub.url}"')
