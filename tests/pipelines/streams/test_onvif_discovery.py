"""WS-Discovery on loopback: who answers, what of it is a camera, and that it ends."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable

import pytest
from samples_onvif import BOMB, FILE, Responder, match, soap

from pipelines.streams.onvif.discovery import GROUP, discover
from pipelines.streams.onvif.soap import OnvifError

SCOPES = (
    "onvif://www.onvif.org/type/video_encoder onvif://www.onvif.org/name/East%20door "
    "onvif://www.onvif.org/hardware/DS-2CD onvif://www.onvif.org/location/%E5%A4%A7%E5%8E%85 tag:other"
)


def found(answers: Callable[[str], list[bytes]], timeout_s: float = 2.0) -> list[dict[str, str | list[str]]]:
    with Responder(answers) as responder:
        cameras = discover(timeout_s, to=("127.0.0.1", responder.port))
        assert {
            kind
            for question in responder.questions
            for kind in ("NetworkVideoTransmitter", "Device")
            if f"k:{kind}<" in question
        } == {"NetworkVideoTransmitter", "Device"}
    return [camera.line() for camera in cameras]


def test_cameras_answer_each_is_told_once_with_what_it_says_of_itself() -> None:
    def answers(message: str) -> list[bytes]:
        first = match(message, scopes=SCOPES, addresses="http://10.0.0.9/onvif/device_service")
        again = match(message, scopes=SCOPES, addresses="http://127.0.0.1/onvif/device_service")
        return [first, again, first, match(message, endpoint="urn:uuid:camera-2")]

    one, two = found(answers)
    assert one == {
        "host": "127.0.0.1",
        "name": "East door",
        "hardware": "DS-2CD",
        "location": "大厅",
        "addresses": ["http://10.0.0.9/onvif/device_service", "http://127.0.0.1/onvif/device_service"],
        "endpoint": "urn:uuid:camera-1",
    }
    assert (two["endpoint"], two["name"], two["addresses"]) == ("urn:uuid:camera-2", "", [])


def test_cameras_are_asked_by_multicast(monkeypatch: pytest.MonkeyPatch) -> None:
    """On loopback alone: no question leaves this machine."""
    loopback = [pair for pair in socket.if_nameindex() if pair[1] in ("lo", "lo0")]
    monkeypatch.setattr(socket, "if_nameindex", lambda: loopback)
    try:
        responder = Responder(lambda message: [match(message)], GROUP)
    except OSError as error:
        pytest.skip(f"no multicast on loopback here: {error.strerror}")
    with responder:
        (camera,) = discover(2.0)
    assert camera.endpoint == "urn:uuid:camera-1"
    assert len(responder.questions) == 4, "two kinds, each asked twice"


def test_no_network_to_ask_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "if_nameindex", list)
    with pytest.raises(OnvifError, match="expected a network in which can be asked"):
        discover(0.3)


@pytest.mark.parametrize(
    "answers",
    [
        pytest.param(lambda message: [], id="nobody"),
        pytest.param(lambda message: [b"\x00garbage", b"<html/>", soap("<x/>")], id="garbage"),
        pytest.param(lambda message: [BOMB, FILE], id="an entity bomb"),
        pytest.param(lambda message: [match("0" * 36)], id="an answer to somebody else"),
    ],
)
def test_what_is_no_camera(answers: Callable[[str], list[bytes]]) -> None:
    assert found(answers, 0.4) == []


def test_addresses_that_are_none_and_texts_that_a_terminal_would_obey() -> None:
    def answers(message: str) -> list[bytes]:
        addresses = (
            "ftp://x/ http://u:p@h/ javascript:1 http://[::1 http://127.0.0.1:8000/onvif/device_service"
        )
        return [match(message, scopes="onvif://www.onvif.org/name/%1B[2J%0Aevil", addresses=addresses)]

    (camera,) = found(answers)
    assert camera["addresses"] == ["http://127.0.0.1:8000/onvif/device_service"]
    assert camera["name"] == "[2J evil"


def test_a_flood_of_answers_ends_with_the_time() -> None:
    flood = [match("0" * 36)] * 300
    began = time.monotonic()
    assert len(found(lambda message: [match(message), *flood], 2.0)) == 1
    assert time.monotonic() - began < 30


def test_an_address_at_which_nobody_listens() -> None:
    with Responder(lambda message: []) as responder:
        pass
    assert discover(0.3, to=("127.0.0.1", responder.port)) == []


def test_a_name_that_cannot_be_looked_up() -> None:
    with pytest.raises(OnvifError, match="cannot be asked"):
        discover(0.3, to=("no-such-host.invalid", 3702))
