"""ONVIF against a camera that is made here: its streams, what it refuses, and all that is no answer."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from http.server import BaseHTTPRequestHandler

import pytest
from samples_onvif import (
    BOMB,
    FILE,
    MAIN,
    PASSWORD,
    SUB,
    USER,
    FakeCamera,
    Profile,
    fault,
    look,
    send,
    soap,
)

from pipelines.streams.onvif.asking import MOST_BYTES
from pipelines.streams.onvif.soap import OnvifError, parsed, tidy
from pipelines.streams.onvif.streams import Login, address_of


@pytest.mark.parametrize(
    "camera",
    [
        pytest.param(FakeCamera(), id="as they are"),
        pytest.param(FakeCamera(modern=False), id="an old one, with GetCapabilities only"),
        pytest.param(FakeCamera(media2=True), id="a new one, with Media2"),
        pytest.param(FakeCamera(ahead=timedelta(hours=7)), id="its clock is hours ahead"),
        pytest.param(FakeCamera(ahead=-timedelta(days=9000)), id="its clock was never set"),
        pytest.param(FakeCamera(http_digest="MD5"), id="it takes HTTP's digest only"),
        pytest.param(FakeCamera(http_digest="SHA-256"), id="the same with SHA-256"),
    ],
)
def test_the_streams_of_a_camera_largest_first(camera: FakeCamera) -> None:
    with camera:
        looked = look(camera)
    main, sub = looked.streams
    assert (main.name, main.codec, main.width, main.height, main.fps) == (
        "MainStream",
        "H264",
        2560,
        1440,
        25,
    )
    assert (sub.name, sub.width, sub.height, sub.fps) == ("SubStream", 640, 360, 12.5)
    assert main.url == f"rtsp://{USER}:${{EAST_PASSWORD}}@127.0.0.1:554/Streaming/p1"
    assert sub.url.endswith("/Streaming/p2")
    if not camera.http_digest:  # which asks for a login even before it tells the time
        assert looked.clock_off_s == pytest.approx(camera.ahead.total_seconds(), abs=30)
    assert looked.elsewhere == ()
    assert camera.refused == 0


def test_h265_is_told_by_media2() -> None:
    with FakeCamera(media2=True, profiles=[Profile("p", "Main", (3840, 2160), "H265", "20")]) as camera:
        (stream,) = look(camera).streams
    assert (stream.codec, stream.width, stream.fps) == ("H265", 3840, 20)


def test_without_a_login_there_is_none_in_the_addresses() -> None:
    with FakeCamera(knows=lambda request: "Security" not in request) as camera:
        assert look(camera, None).streams[0].url == "rtsp://127.0.0.1:554/Streaming/p1"


@pytest.mark.parametrize(
    ("rtsp", "url"),
    [
        ("rtsp://10.9.9.9/live", "rtsp://viewer:${EAST_PASSWORD}@127.0.0.1/live"),
        (
            "rtsp://admin:other@{host}:8554/x?a=1&b=2",
            "rtsp://viewer:${EAST_PASSWORD}@127.0.0.1:8554/x?a=1&b=2",
        ),
        (
            "rtsp://{host}/user=v&password=s3c%3Cr%26t/1",
            "rtsp://viewer:${EAST_PASSWORD}@127.0.0.1/user=v&password=${EAST_PASSWORD}/1",
        ),
        ("rtsp://{host}", "rtsp://viewer:${EAST_PASSWORD}@127.0.0.1/"),
    ],
)
def test_an_address_for_the_site_file_names_the_host_that_was_asked_and_no_password(
    rtsp: str, url: str
) -> None:
    with FakeCamera(rtsp=rtsp) as camera:
        assert look(camera).streams[0].url == url


def test_a_user_of_any_letters_is_quoted() -> None:
    with FakeCamera(knows=lambda _: True) as camera:
        stream = look(camera, Login("op@hall:1", PASSWORD, "P")).streams[0]
    assert stream.url.startswith("rtsp://op%40hall%3A1:${P}@127.0.0.1")


def test_a_camera_that_believes_to_be_elsewhere_is_asked_where_it_is() -> None:
    """What it answers must not send a login to a host that nobody named."""
    with FakeCamera(host="192.0.2.7") as camera:
        looked = look(camera)
        assert camera.asked[-1] == "GetStreamUri"
    assert looked.elsewhere == ("192.0.2.7",)
    assert looked.streams[0].url.startswith("rtsp://viewer:${EAST_PASSWORD}@127.0.0.1")


def redirected(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(302)
    handler.send_header("Location", "http://192.0.2.7/onvif/device_service")
    handler.send_header("Content-Length", "0")
    handler.end_headers()


def hung_up(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Le")


def no_http(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"SSH-2.0-OpenSSH\r\n\r\n")


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        pytest.param(lambda h: send(h, b"<html>404</html>", 404), "HTTP 404", id="a web server"),
        pytest.param(lambda h: send(h, b"\x00\xff\x00garbage<<<"), "no XML that can be read", id="garbage"),
        pytest.param(lambda h: send(h, b""), "no XML that can be read", id="nothing"),
        pytest.param(lambda h: send(h, b"<html/>"), "got other XML", id="another document"),
        pytest.param(
            lambda h: send(h, b'<?xml version="1.0" encoding="klingon"?><a/>'), "no XML", id="an encoding"
        ),
        pytest.param(lambda h: send(h, soap("<x/>")), "expected a GetServicesResponse", id="another answer"),
        pytest.param(lambda h: send(h, BOMB), "declares a document type", id="an entity bomb"),
        pytest.param(lambda h: send(h, FILE), "declares a document type", id="an entity that names a file"),
        pytest.param(lambda h: send(h, b"<a>" * 300_000), "no XML that can be read", id="very deep"),
        pytest.param(lambda h: send(h, b" " * (MOST_BYTES + 1)), "at most 1048576 bytes", id="a huge answer"),
        pytest.param(redirected, "HTTP 302", id="a redirection"),
        pytest.param(hung_up, "no XML that can be read", id="it hangs up"),
        pytest.param(no_http, "expected an ONVIF camera", id="no HTTP"),
        pytest.param(
            lambda h: send(h, soap("<tds:GetServicesResponse/>")),
            "no media service",
            id="no camera, a doorbell",
        ),
    ],
)
def test_what_is_no_answer_is_one_line(answer: Callable[[BaseHTTPRequestHandler], object], told: str) -> None:
    with (
        FakeCamera(answers={"GetServices": answer}) as camera,
        pytest.raises(OnvifError, match=told) as caught,
    ):
        look(camera)
    assert "\n" not in str(caught.value)
    assert PASSWORD not in str(caught.value)
    assert str(caught.value).startswith("127.0.0.1:")


def test_an_endless_answer_ends_at_the_cap() -> None:
    def endless(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        try:
            while True:
                handler.wfile.write(b"a" * 65_536)
        except OSError:  # the other side hung up
            return

    with (
        FakeCamera(answers={"GetServices": endless}) as camera,
        pytest.raises(OnvifError, match="bytes, got more"),
    ):
        look(camera)


@pytest.mark.parametrize("sent", ["nothing", "headers, a byte at a time", "a body, a byte at a time"])
def test_a_slow_answer_ends_with_the_time_limit(sent: str) -> None:
    """Every byte comes soon after the last: only the limit over all of it ends this."""
    with FakeCamera() as camera:

        def slow(handler: BaseHTTPRequestHandler) -> None:
            if sent.startswith("a body"):
                handler.send_response(200)
                handler.send_header("Content-Length", "100000")
                handler.end_headers()
            else:
                handler.wfile.write(b"" if sent == "nothing" else b"HTTP/1.1 200 OK\r\nX: ")
            try:
                while not camera.closing.wait(0.02):
                    handler.wfile.write(b"" if sent == "nothing" else b"a")
            except OSError:
                return

        camera.answers = {"GetServices": slow}
        began = time.monotonic()
        with pytest.raises(OnvifError, match=r"expected an answer within 0\.6 s, got none"):
            look(camera, timeout_s=0.6)
        assert time.monotonic() - began < 30, "it would go on for half an hour"


def test_nobody_listens() -> None:
    with FakeCamera() as camera:
        pass
    with pytest.raises(OnvifError, match="Connection refused"):
        look(camera)


@pytest.mark.parametrize(
    ("rtsp", "told"),
    [
        pytest.param(
            'rtsp://{host}/"}}, url: "file:///etc/passwd', "another form", id="it would end the quotes"
        ),
        pytest.param("rtsp://{host}/${{CONDUCT_DATABASE_URL}}", "another form", id="it would be filled in"),
        pytest.param("file:///etc/passwd", "another form", id="no stream"),
        pytest.param("rtsp://{host}:x/1", "with a port", id="no port"),
        pytest.param("rtsp://[::1/1", "with a port", id="half an address"),
        pytest.param("", "another form", id="nothing"),
        pytest.param("rtsp://{host}/" + "a" * 1001, "another form", id="endless"),
    ],
)
def test_an_address_that_must_not_get_into_a_site_file(rtsp: str, told: str) -> None:
    with FakeCamera(rtsp=rtsp) as camera, pytest.raises(OnvifError, match=told):
        look(camera)


def test_a_camera_that_has_no_time_to_tell_is_asked_by_our_clock() -> None:
    refusal = {"GetSystemDateAndTime": lambda handler: send(handler, fault("ActionNotSupported", "no"), 500)}
    with FakeCamera(answers=refusal) as camera:
        looked = look(camera)
    assert looked.clock_off_s is None
    assert [stream.width for stream in looked.streams] == [MAIN.size[0], SUB.size[0]]


@pytest.mark.parametrize(
    ("host", "told"),
    [
        ("camera-1", ("camera-1", 80, "/onvif/device_service")),
        ("192.168.1.64:8000", ("192.168.1.64", 8000, "/onvif/device_service")),
        ("http://192.168.1.64/onvif/device", ("192.168.1.64", 80, "/onvif/device")),
        ("[fe80::1]:8080", ("fe80::1", 8080, "/onvif/device_service")),
    ],
)
def test_where_a_camera_is_asked(host: str, told: tuple[str, int, str]) -> None:
    address = address_of(host)
    assert (address.host, address.port, address.path) == told


@pytest.mark.parametrize(
    "host", ["", "https://camera", "http://user:pass@camera", "camera:port", "a b\n", "ftp://camera", "[::1"]
)
def test_where_none_can_be_asked(host: str) -> None:
    with pytest.raises(OnvifError, match="HOST: expected a camera like") as caught:
        address_of(host)
    assert "pass" not in str(caught.value)


def test_only_plain_text_is_shown() -> None:
    assert tidy(" a\x1b[31m\tb\r\n c\u202e ") == "a [31m b c"
    assert len(tidy("x" * 5000)) == 1000


def test_nothing_is_parsed_that_declares_a_document_type() -> None:
    with pytest.raises(OnvifError, match="document type"):
        parsed(b"<!DOCTYPE Envelope><Envelope/>")
