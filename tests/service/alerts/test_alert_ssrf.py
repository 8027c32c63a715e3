"""Addresses by which alerts would be sent into the machine itself or its network: refused, nothing arrives.

A real receiver listens on loopback; each spelling of its address leads there where the system is asked.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from ipaddress import ip_network
from types import ModuleType
from typing import Any

import pytest
from samples_alerts import LOOPBACK, SECRET, Receiver
from samples_service import NINE

from service.alerts.addresses import Outside
from service.alerts.channels import BadChannelError, Given, SendError, apprise, webhook
from service.alerts.wording import Outgoing

OUTGOING = Outgoing(id="1.hook", title="t", text="t", urgent=False, payload={})
SPELLINGS = {
    "loopback": "127.0.0.1",
    "another of loopback's addresses": "127.8.9.1",
    "short": "127.1",
    "one number": "2130706433",
    "hexadecimal": "0x7f000001",
    "hexadecimal parts": "0x7f.0x0.0x0.0x1",
    "octal": "0177.0.0.1",
    "octal, one number": "017700000001",
    "every address": "0.0.0.0",
    "nothing but a zero": "0",
    "by name": "localhost",
    "by name, with a full stop": "localhost.",
    "by name, in capitals": "LOCALHOST",
    "IPv6": "[::1]",
    "IPv6, every address": "[::]",
    "IPv4 in IPv6": "[::ffff:127.0.0.1]",
    "IPv4 in IPv6, hexadecimal": "[::ffff:7f00:1]",
    "IPv4-compatible IPv6": "[::127.0.0.1]",
    "6to4": "[2002:7f00:1::]",
    "NAT64": "[64:ff9b::7f00:1]",
    "full width digits": "１２７.０.０.１",
    "ringed digits": "①②⑦.⓪.⓪.①",
    "the clouds' metadata": "169.254.169.254",
    "the clouds' metadata, one number": "2852039166",
    "metadata, IPv6": "[fd00:ec2::254]",
    "private": "10.0.0.1",
    "link-local, IPv6": "[fe80::1]",
}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver().up() as up:
        yield up


def sent(kind: ModuleType, url: str, outside: Outside) -> str:
    """What came of sending: empty when it was taken."""
    given = Given(url=url, secret=SECRET, outside=outside, now=lambda: NINE)
    try:
        kind.open_channel(given).send(OUTGOING)
    except (SendError, BadChannelError) as error:
        return str(error)
    return ""


@pytest.mark.parametrize("host", SPELLINGS.values(), ids=SPELLINGS)
@pytest.mark.parametrize("kind", [webhook, apprise], ids=["webhook", "apprise"])
def test_nothing_is_sent_inside(receiver: Receiver, kind: ModuleType, host: str) -> None:
    scheme = "http" if kind is webhook else "json"
    refused = sent(kind, f"{scheme}://{host}:{receiver.port}/", Outside())
    assert refused
    assert receiver.tried == 0
    for secret in ("127.0.0.1", "169.254", "10.0.0", str(receiver.port)):
        assert secret not in refused


@pytest.mark.parametrize("kind", [webhook, apprise], ids=["webhook", "apprise"])
@pytest.mark.parametrize(
    ("addresses", "networks", "reaches"),
    [
        pytest.param(["127.0.0.1"], [], False, id="a name that means loopback"),
        pytest.param(["93.184.215.14", "127.0.0.1"], [], False, id="a name that also means loopback"),
        pytest.param(["127.0.0.1"], ["10.0.0.0/8"], False, id="another network is allowed"),
        pytest.param(["127.0.0.1"], ["127.0.0.0/8"], True, id="allowed"),
    ],
)
def test_a_name_is_judged_by_where_it_leads(
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
    kind: ModuleType,
    addresses: list[str],
    networks: list[str],
    reaches: bool,
) -> None:
    real = socket.getaddrinfo

    def lookup(host: Any, port: Any, *args: Any, **options: Any) -> Any:
        if host != "hook.hall.example":
            return real(host, port, *args, **options)
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, int(port or 0))) for address in addresses
        ]

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    scheme = "http" if kind is webhook else "json"
    outside = Outside(tuple(ip_network(network) for network in networks))
    refused = sent(kind, f"{scheme}://hook.hall.example:{receiver.port}/", outside)
    assert (refused == "") is reaches
    assert receiver.tried == int(reaches)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("kind", [webhook, apprise], ids=["webhook", "apprise"])
def test_no_redirect_leads_anywhere(receiver: Receiver, kind: ModuleType, status: int) -> None:
    scheme = "http" if kind is webhook else "json"
    with Receiver().up() as inner:
        receiver.status, receiver.location = status, f"http://localhost:{inner.port}/"
        assert sent(kind, f"{scheme}://127.0.0.1:{receiver.port}/", LOOPBACK)
        assert (receiver.tried, inner.tried) == (1, 0)


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "gopher://127.0.0.1:6379/_x",
        "dict://127.0.0.1:11211/",
        "ftp://127.0.0.1/",
        "http://hook.example@127.0.0.1/",
        "http://127.0.0.1#@hook.example/",
        "http://127.0.0.1\\@hook.example/",
        "http://hook.example\t.evil.example/",
        "//127.0.0.1/",
        "http:///127.0.0.1",
    ],
)
def test_a_webhook_is_http_and_says_where_it_leads(url: str) -> None:
    assert sent(webhook, url, Outside(resolve=lambda *_: ["127.0.0.1"]))


def test_the_time_of_a_message_is_the_services(receiver: Receiver) -> None:
    """What is signed can be checked by whoever was allowed."""
    assert sent(webhook, f"http://127.0.0.1:{receiver.port}/", LOOPBACK) == ""
    ((headers, body),) = receiver.got
    assert webhook.verify(headers, body, SECRET, datetime.fromtimestamp(NINE.timestamp(), UTC))
