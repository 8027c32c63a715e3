"""What went wrong with a delivery is said in the reader's language."""

from __future__ import annotations

import re

import pytest
from samples_alerts import LOOPBACK, SECRET, Clock, Receiver, free_port

from pipelines.texts import catalogue
from service.alerts.addresses import Outside
from service.alerts.channels import Given, SendError, webhook
from service.alerts.failures import in_words
from service.alerts.wording import Outgoing

OUTGOING = Outgoing(id="1.hook", title="t", text="t", urgent=False, payload={})


def error_of(url: str, outside: Outside) -> str:
    """What a webhook says that cannot send."""
    with pytest.raises(SendError) as told:
        webhook.open_channel(Given(url, SECRET, outside, Clock())).send(OUTGOING)
    return str(told.value)


def all_errors() -> list[str]:
    """One of each, as they really come."""
    nowhere, inside = (
        Outside(resolve=lambda *_: []),
        [("127.0.0.1"), ("169.254.1.1"), ("10.0.0.1"), ("240.0.0.1")],
    )
    found = [error_of("http://hook.example/", nowhere)]
    found += [error_of("http://hook.example/", Outside(resolve=lambda *_, a=a: [a])) for a in inside]
    found.append(error_of(f"http://127.0.0.1:{free_port()}/", LOOPBACK))
    for status in (301, 503):
        with Receiver(status=status).up() as receiver:
            found.append(error_of(f"http://127.0.0.1:{receiver.port}/", LOOPBACK))
    return [
        *found,
        "the site has no such channel any more",
        "Apprise could not send it and said nothing more",
        "KeyError in the channel",
    ]


def test_every_error_of_ours_is_said_in_both_languages() -> None:
    english, chinese = catalogue("en"), catalogue("zh-CN")
    for error in all_errors():
        assert in_words(error, english) != error
        said = in_words(error, chinese)
        assert "{" not in said
        left = re.sub(r"CONDUCT_ALERT_NETWORKS|Apprise|\w*Error", "", said)
        assert not re.search(r"[A-Za-z]", left), said


@pytest.mark.parametrize(
    "error", ["", "Failed to send SMTP notification", "the receiver answered", "<b>x</b>"]
)
def test_the_words_of_others_stay(error: str) -> None:
    assert in_words(error, catalogue("zh-CN")) == error
