"""Where alerts may be sent (SSRF), and what errors may not show."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest

from service.alerts.addresses import AddressRefusedError, Outside
from service.alerts.secrecy import masked


@pytest.mark.parametrize(
    ("addresses", "kind"),
    [
        pytest.param(["127.0.0.1"], "loopback", id="loopback"),
        pytest.param(["::1"], "loopback", id="loopback of IPv6"),
        pytest.param(["::ffff:127.0.0.1"], "loopback", id="loopback inside IPv6"),
        pytest.param(["64:ff9b::7f00:1"], "loopback", id="loopback behind NAT64"),
        pytest.param(["2002:7f00:1::"], "loopback", id="loopback behind 6to4"),
        pytest.param(["169.254.169.254"], "link-local", id="the clouds' metadata"),
        pytest.param(["fe80::1%eth0"], "link-local", id="link-local of IPv6"),
        pytest.param(["fd00:ec2::254"], "private", id="metadata of IPv6"),
        pytest.param(["168.63.129.16"], "reserved", id="metadata at a public address"),
        pytest.param(["100.100.100.200"], "reserved", id="metadata in shared address space"),
        pytest.param(["10.0.0.8"], "private", id="private"),
        pytest.param(["172.31.0.1"], "private", id="private too"),
        pytest.param(["192.168.1.1"], "private", id="a router at home"),
        pytest.param(["0.0.0.0"], "private", id="this host"),
        pytest.param(["224.0.0.1"], "reserved", id="many hosts"),
        pytest.param(["93.184.215.14", "10.0.0.8"], "private", id="one of two"),
    ],
)
def test_what_is_inside_is_refused(addresses: list[str], kind: str) -> None:
    outside = Outside(resolve=lambda _host, _port: addresses)
    with pytest.raises(
        AddressRefusedError, match=f"CONDUCT_ALERT_NETWORKS, the host has a {kind} one"
    ) as told:
        outside.address("hook.example", 443)
    assert addresses[0] not in str(told.value)


@pytest.mark.parametrize(
    "host",
    [
        pytest.param("127.1", id="short"),
        pytest.param("2130706433", id="one number"),
        pytest.param("0x7f000001", id="hexadecimal"),
        pytest.param("localhost", id="by name"),
        pytest.param("[::1]", id="in brackets, which is no name"),
        pytest.param("no.such.host.invalid", id="no such name"),
    ],
)
def test_other_spellings_of_loopback_are_refused_too(host: str) -> None:
    with pytest.raises(AddressRefusedError):
        Outside().address(host, 80)


@pytest.mark.parametrize(
    ("address", "networks"),
    [
        pytest.param("93.184.215.14", [], id="public"),
        pytest.param("2606:2800:21f:cb07:6820:80da:af6b:8b2c", [], id="public IPv6"),
        pytest.param("10.1.2.3", ["10.1.0.0/16"], id="in an allowed network"),
        pytest.param("127.0.0.1", ["127.0.0.0/8", "fd00::/8"], id="in one of them"),
        pytest.param("::ffff:10.1.2.3", ["10.1.0.0/16"], id="inside IPv6, allowed by what it is"),
    ],
)
def test_what_is_public_or_allowed_is_reached(address: str, networks: list[str]) -> None:
    outside = Outside(tuple(map(ip_network, networks)), resolve=lambda _host, _port: [address])
    assert ip_address(outside.address("hook.example", 443)) == ip_address(address)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("no answer from hook with k3y!/x", "no answer from hook with ***", id="plain"),
        pytest.param("GET /k3y%21/x failed", "GET /*** failed", id="as in a path"),
        pytest.param("GET ?k=k3y%21%2Fx failed", "GET ?k=*** failed", id="as in a query"),
        pytest.param("at https://hook.example/abc?d=e: no", "at *** no", id="any URL"),
        pytest.param("two\nlines", "two lines", id="one line"),
        pytest.param("a" * 500, "a" * 300, id="not for ever"),
    ],
)
def test_no_secret_in_an_error(text: str, shown: str) -> None:
    assert masked(text, ["k3y!/x", ""]) == shown
