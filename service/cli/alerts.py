"""`conduct alerts test`: does every channel of a site reach its other side?"""

from __future__ import annotations

from datetime import UTC, datetime

import typer

from pipelines.site import load_site
from service.alerts.addresses import Outside
from service.alerts.channels import SendError
from service.alerts.opening import Channels, open_channels
from service.alerts.planning import message_id
from service.alerts.records import Message
from service.alerts.secrecy import masked
from service.alerts.wording import Outgoing, Words
from service.cli.options import SiteFile, chosen_settings, fail

app = typer.Typer(help="Messages to people outside the page.", no_args_is_help=True)


# Without a second command Typer would leave the word `test` out.
@app.callback()
def _group() -> None:
    """Messages to people outside the page."""


@app.command()
def test(site_file: SiteFile) -> None:
    """Send a test message through each channel of a site and say how it went.

    Each is tried once, beside the outbox.
    """
    site, settings = load_site(site_file), chosen_settings(None, None)
    channels = open_channels(
        site.alerts.channels, Outside(settings.alert_networks), lambda: datetime.now(UTC), site_file=site_file
    )
    if not channels.senders:
        fail(f"{site_file}: alerts.channels: expected channels, there are none")
    base_url = (settings.base_url or f"http://{settings.host}:{settings.port}").rstrip("/") + "/"
    words = Words(site.hall, settings.language, site.zone, {}, base_url)
    failed = [channel for channel in channels.senders if not _tried(channels, channel, words)]
    if failed:
        fail(f"expected every channel to take the test message, {', '.join(failed)} did not")


def _tried(channels: Channels, channel: str, words: Words) -> bool:
    try:
        channels.senders[channel].send(_message(channel, words))
    except SendError as error:
        print(f"{channel}: failed: {masked(str(error), channels.secrets)}")
        return False
    print(f"{channel}: sent")
    return True


def _message(channel: str, words: Words) -> Outgoing:
    now = datetime.now(UTC)
    id_ = message_id([f"test:{now.isoformat()}"])
    message = Message(id_, "test", "", "test", "normal", alerts=(), channels=(channel,), created=now)
    return words.outgoing(f"{id_}.{channel}", message, None)
