"""`conduct alerts`: does every channel reach its other side, and what does a weekly report look like?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from pipelines.hall.alerting import Route
from pipelines.hall.site import Site, load_site
from service.alerts.addresses import Outside
from service.alerts.channels import SendError
from service.alerts.opening import Channels, open_channels
from service.alerts.planning import message_id
from service.alerts.records import Message
from service.alerts.secrecy import masked
from service.alerts.weekly import last_week, message_now
from service.alerts.wording import Outgoing, Words
from service.auth.entrance import command_line
from service.cli.options import SiteFile, chosen_settings, fail, opened_store
from service.digests import Digests
from service.settings import Settings

app = typer.Typer(help="Messages to people outside the page.", no_args_is_help=True)


@app.command()
def test(site_file: SiteFile) -> None:
    """Send a test message through each channel of a site and say how it went.

    Each is tried once, beside the outbox.
    """
    site, settings = load_site(site_file), chosen_settings(None, None)
    channels = _open(site, settings, site_file)
    if not channels.senders:
        fail(f"{site_file}: alerts.channels: expected channels, there are none")
    words = _words(site, settings, {})
    failed = [
        channel
        for channel in channels.senders
        if not _tried(channels, channel, _message(channel, words), channel)
    ]
    if failed:
        fail(f"expected every channel to take the test message, {', '.join(failed)} did not")


@app.command()
def digest(
    site_file: SiteFile,
    route_id: Annotated[
        str | None, typer.Option("--route", metavar="ID", help="one route; else all about `digest`")
    ] = None,
) -> None:
    """Send last week's report in short now, over each channel once, and say how it went.

    The figures are those of the store. The digest of Monday still goes out by itself.
    """
    site, settings = load_site(site_file), chosen_settings(None, None)
    routes = [route for route in site.alerts.routes if _wanted(route, route_id)]
    if not routes:
        expected = f"a route {route_id!r}" if route_id else "a route about digest"
        fail(f"{site_file}: alerts.routes: expected {expected}, there is none")
    channels = _open(site, settings, site_file)
    now = datetime.now(UTC)
    failed = []
    with opened_store() as store:
        digests = Digests(store, site.alerts, lambda: now)
        names = {post.id: post.name for post in store.posts()}
        words = _words(site, settings, names)
        last = last_week(now, site.zone)
        days = {"from": str(last.first), "to": str(last.last)}
        for route in routes:
            store.audit.add(command_line().act(now, "report.exported", "digest", route=route.id, **days))
            made = digests.of_route(route.id, last)
            message = message_now(route, last, now)
            for channel in message.channels:
                told = words.digest(f"{message.id}.{channel}", message, made)
                if not _tried(channels, channel, told, f"{route.id}, {channel}"):
                    failed.append(channel)
    if failed:
        fail(f"expected every channel to take the digest, {', '.join(failed)} did not")


def _wanted(route: Route, route_id: str | None) -> bool:
    return "digest" in route.about if route_id is None else route.id == route_id


def _open(site: Site, settings: Settings, site_file: Path) -> Channels:
    outside = Outside(settings.alert_networks)
    return open_channels(site.alerts.channels, outside, lambda: datetime.now(UTC), site_file=site_file)


def _words(site: Site, settings: Settings, names: Mapping[str, str]) -> Words:
    base_url = (settings.base_url or f"http://{settings.host}:{settings.port}").rstrip("/") + "/"
    return Words(site.hall, settings.language, site.zone, names, base_url)


def _tried(channels: Channels, channel: str, message: Outgoing, name: str) -> bool:
    try:
        channels.senders[channel].send(message)
    except SendError as error:
        print(f"{name}: failed: {masked(str(error), channels.secrets)}")
        return False
    print(f"{name}: sent")
    return True


def _message(channel: str, words: Words) -> Outgoing:
    now = datetime.now(UTC)
    id_ = message_id([f"test:{now.isoformat()}"])
    message = Message(id_, "test", "", "test", "normal", alerts=(), channels=(channel,), created=now)
    return words.outgoing(f"{id_}.{channel}", message, None)
