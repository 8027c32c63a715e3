"""Channels against real servers: what is sent, what counts as taken, what is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from types import ModuleType

import pytest
from samples_alerts import LOOPBACK, SECRET, Clock, Mailbox, Receiver, free_port
from samples_service import NINE

from pipelines.hall.alerting import Channel
from service.alerts.addresses import Outside
from service.alerts.channels import KINDS, BadChannelError, Given, SendError, apprise, register, webhook
from service.alerts.wording import Outgoing

OUTGOING = Outgoing(id="1.hook", title="测试", text="第一行\n第二行", urgent=False, payload={"id": "1.hook"})


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver().up() as running:
        yield running


def given(url: str, outside: Outside = LOOPBACK, secret: str | None = SECRET) -> Given:
    return Given(url, secret, outside, Clock())


def test_the_kinds_are_found_by_scanning() -> None:
    assert set(KINDS) == {"apprise", "webhook"}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_named_where_a_site_chooses_it(kind: str) -> None:
    assert kind in (Channel.model_fields["kind"].description or "")


def test_two_kinds_of_one_name_are_refused() -> None:
    twin = ModuleType("twin")
    twin.KIND, twin.open_channel = "webhook", webhook.open_channel  # type: ignore[attr-defined]
    with pytest.raises(ValueError, match="'webhook' is defined twice, the second time in twin"):
        register([webhook, twin])


def test_a_webhook_gets_signed_json_under_the_idempotency_key(receiver: Receiver) -> None:
    webhook.open_channel(given(f"http://127.0.0.1:{receiver.port}/hook?a=1")).send(OUTGOING)
    ((headers, body),) = receiver.got
    assert json.loads(body) == {"id": "1.hook", "text": "第一行\n第二行"}
    assert headers["Conduct-Delivery"] == "1.hook"
    assert headers["Host"] == f"127.0.0.1:{receiver.port}"
    assert webhook.verify(headers, body, SECRET, NINE)
    assert SECRET not in str(headers) + body.decode()


@pytest.mark.parametrize(
    ("change", "secret", "late_s", "good"),
    [
        pytest.param({}, SECRET, 0, True, id="as it was sent"),
        pytest.param({}, SECRET, 300, True, id="at the end of the window"),
        pytest.param({}, SECRET, 301, False, id="played again too late"),
        pytest.param({}, SECRET, -301, False, id="from the future"),
        pytest.param({}, "another", 0, False, id="another secret"),
        pytest.param({"body": b"{}"}, SECRET, 0, False, id="another body"),
        pytest.param({"Conduct-Timestamp": "1767574801"}, SECRET, 0, False, id="another time stamp"),
        pytest.param({"Conduct-Timestamp": "soon"}, SECRET, 0, False, id="no time stamp"),
        pytest.param({"Conduct-Signature": ""}, SECRET, 0, False, id="no signature"),
        pytest.param({"Conduct-Signature": "v1=ü"}, SECRET, 0, False, id="a signature that is no ASCII"),
    ],
)
def test_what_a_receiver_believes(
    change: dict[str, bytes | str], secret: str, late_s: int, good: bool
) -> None:
    stamp = int(NINE.timestamp())
    sent = {
        "body": b'{"id": 1}',
        "Conduct-Timestamp": str(stamp),
        "Conduct-Signature": webhook.sign(SECRET, stamp, b'{"id": 1}'),
        **change,
    }
    body = sent.pop("body")
    assert isinstance(body, bytes)
    headers = {name.upper(): str(value) for name, value in sent.items()}
    assert webhook.verify(headers, body, secret, NINE + timedelta(seconds=late_s)) is good


@pytest.mark.parametrize(
    ("status", "told"),
    [
        pytest.param(204, None, id="taken"),
        pytest.param(503, "the receiver answered 503", id="busy"),
        pytest.param(404, "the receiver answered 404", id="no such hook"),
        pytest.param(307, "the receiver answered 307; redirects are not followed", id="elsewhere"),
    ],
)
def test_only_a_success_counts_as_taken(receiver: Receiver, status: int, told: str | None) -> None:
    receiver.status = status
    channel = webhook.open_channel(given(f"http://127.0.0.1:{receiver.port}/"))
    if told is None:
        channel.send(OUTGOING)
    else:
        with pytest.raises(SendError, match=f"^{told}$"):
            channel.send(OUTGOING)
    assert receiver.tried == 1


def test_a_receiver_that_is_down_is_an_error_without_its_url() -> None:
    with pytest.raises(SendError, match=r"^the receiver cannot be reached: ConnectionRefusedError$"):
        webhook.open_channel(given(f"http://127.0.0.1:{free_port()}/k3y")).send(OUTGOING)


@pytest.mark.parametrize("kind", [pytest.param(webhook, id="webhook"), pytest.param(apprise, id="apprise")])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_redirect_into_the_network_and_the_network_itself_are_refused(
    receiver: Receiver, kind: ModuleType, host: str
) -> None:
    scheme = "http" if kind is webhook else "json"
    with pytest.raises(SendError, match="the host has a loopback one"):
        kind.open_channel(given(f"{scheme}://{host}:{receiver.port}/", Outside())).send(OUTGOING)
    assert receiver.tried == 0
    with Receiver().up() as inner:
        receiver.status, receiver.location = 307, f"http://127.0.0.1:{inner.port}/"
        with pytest.raises(SendError):
            kind.open_channel(given(f"{scheme}://127.0.0.1:{receiver.port}/?redirect=yes")).send(OUTGOING)
        assert (receiver.tried, inner.tried) == (1, 0)


def test_the_address_that_was_judged_is_the_one_that_is_sent_to(receiver: Receiver) -> None:
    answers = iter([["127.0.0.1"], ["127.0.0.99"]])
    rebinding = Outside(LOOPBACK.networks, resolve=lambda _host, _port: next(answers))
    webhook.open_channel(given(f"http://hook.example:{receiver.port}/", rebinding)).send(OUTGOING)
    ((headers, _),) = receiver.got
    assert headers["Host"] == f"hook.example:{receiver.port}"
    assert next(answers) == ["127.0.0.99"], "the name was resolved twice"


@pytest.mark.parametrize(
    ("kind", "url", "secret", "field"),
    [
        pytest.param(webhook, "ftp://hook.example/", SECRET, "url", id="another scheme"),
        pytest.param(webhook, "https:///x", SECRET, "url", id="no host"),
        pytest.param(webhook, "https://u:p@hook.example/", SECRET, "url", id="a login"),
        pytest.param(webhook, "https://hook.example/a b", SECRET, "url", id="a space"),
        pytest.param(webhook, "https://hook.example/\r\nX: y", SECRET, "url", id="a header smuggled in"),
        pytest.param(webhook, "https://hook.example:99999/", SECRET, "url", id="no such port"),
        pytest.param(webhook, "https://hook.example/", None, "secret", id="no secret"),
        pytest.param(apprise, "nonsense://x", None, "url", id="no service of Apprise"),
        pytest.param(apprise, "mailto://", None, "url", id="half a mail address"),
    ],
)
def test_a_channel_that_cannot_be_is_refused(
    kind: ModuleType, url: str, secret: str | None, field: str
) -> None:
    with pytest.raises(BadChannelError) as refused:
        kind.open_channel(given(url, secret=secret))
    assert refused.value.field == field


def test_a_mail_arrives_with_title_and_lines() -> None:
    mailbox = Mailbox()
    with mailbox.up() as port:
        url = f"mailto://127.0.0.1:{port}?from=monitor@hall.example&to=lead@hall.example&mode=insecure"
        apprise.open_channel(given(url)).send(OUTGOING)
    assert mailbox.subjects() == ["测试"]
    assert "第一行" in mailbox.texts()[0]
    assert "第二行" in mailbox.texts()[0]


def test_a_mail_that_is_not_taken_is_an_error() -> None:
    mailbox = Mailbox()
    mailbox.refuse = True
    with mailbox.up() as port:
        url = f"mailto://127.0.0.1:{port}?from=monitor@hall.example&to=lead@hall.example&mode=insecure"
        with pytest.raises(SendError):
            apprise.open_channel(given(url)).send(OUTGOING)
    assert mailbox.got == []
