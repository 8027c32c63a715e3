"""Which addresses the page may see and which it may set. Pure.

Whoever edits the file on the machine may write any address into it. The page is for people elsewhere: it
never shows a secret that stands in the file, and an address that comes from it leads to a camera, names no
secret of the service itself, and no file but one beside the site file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from pipelines.hall.environment import PLACEHOLDER, names_in
from pipelines.hall.site import hide_login, is_live
from pipelines.hall.wording import Fault, mistaken
from pipelines.streams.devices import is_device
from vision.mistake import MistakeError

_KEYS = ("url", "sub_url")
_KNOWN_SCHEME = re.compile(r"(rtsps?|https?)://", re.IGNORECASE)
_LOGIN = re.compile(r"^[^/]*//(?P<login>[^/?#]*)@")
_SECRET_QUERY = re.compile(r"[?&][^=&]*(pass|pwd|token|secret|auth|key|sign)[^=&]*=(?P<value>[^&#]+)", re.I)
_OWN = "CONDUCT_"
HIDDEN = "…"
"""Stands in an address for what is not shown."""


def shown(site: Mapping[str, Any]) -> dict[str, Any]:
    """A site whose plain secrets are hidden: in cameras' addresses, and all of a channel's but its scheme."""
    found = dict(site)
    if isinstance(site.get("cameras"), list):
        found["cameras"] = [_with(camera, lambda _, url: hidden(url)) for camera in site["cameras"]]
    if channels := _channels(site):
        made = [_with(channel, lambda _, url: _scheme_only(url)) for channel in channels]
        found["alerts"] = {**site["alerts"], "channels": made}
    return found


def hidden(url: str) -> str:
    """A camera's address without a secret that stands in it in plain; one without is as it was."""
    return hide_login(url) if _has_plain_secret(url) else url


def restored(site: Mapping[str, Any], saved: Mapping[str, Any]) -> dict[str, Any]:
    """A site in which what `shown` has hidden of the saved one is put back, even under another id."""
    exact = {(one.kind, one.id, one.key, one.shown): one.url for one in _addresses(saved)}
    anywhere = {(one.kind, one.key, one.shown): one.url for one in _addresses(saved)}

    def back(kind: str, entry: Any) -> Any:
        def known(key: str, url: str) -> str:
            return exact.get((kind, str(entry.get("id")), key, url), anywhere.get((kind, key, url), url))

        return _with(entry, known)

    found = dict(site)
    if isinstance(site.get("cameras"), list):
        found["cameras"] = [back("cameras", camera) for camera in site["cameras"]]
    if channels := _channels(site):
        found["alerts"] = {**site["alerts"], "channels": [back("channels", one) for one in channels]}
    return found


def refused(site: Mapping[str, Any], saved: Mapping[str, Any], folder: Path) -> list[Fault]:
    """What is wrong with the addresses that are not the saved file's own; files lie below ``folder``."""
    known = {one.url for one in _addresses(saved)}
    found = []
    for one in _addresses(site):
        if one.url in known:
            continue
        if one.kind == "cameras":
            why = refusal(one.url, folder) or _missing(one.url, folder)
        else:
            why = _refused_channel(one.url)
        if why:
            found.append(mistaken(why.at(f"{one.place}.{one.key}")))
    return found


def _refused_channel(url: str) -> MistakeError | None:
    if HIDDEN in url:
        told = (
            "expected ${{NAME}}, an environment variable with the whole address: another one is shown to "
            "nobody, so write it into the file on the machine"
        )
        return MistakeError("hidden_channel", told)
    if _names_own(url):
        told = "expected the whole address, without variables of the service ({own}...)"
        return MistakeError("channel_address", told, own=_OWN)
    return None


def refusal(url: str, folder: Path) -> MistakeError | None:
    """Why a camera's address may not be set by the page; None when it may."""
    if HIDDEN in url:
        told = "expected the whole address, the file's own is hidden here: type it anew"
        return MistakeError("hidden_address", told)
    if _has_plain_secret(url):
        told = "expected no plain password: set an environment variable and write ${{NAME}}"
        return MistakeError("plain_password", told)
    if _names_own(url):
        told = "expected a variable of the camera's own, {own}... are the service's"
        return MistakeError("own_variable", told, own=_OWN)
    if is_device(url):
        return None
    if is_live(url):
        if not _KNOWN_SCHEME.match(url):
            told = (
                "expected rtsp://, rtsps://, http://, https://, /dev/video0, or a file beside the site file"
            )
            return MistakeError("scheme", told)
        return _misplaced_variable(url)
    if names_in(url):
        return MistakeError("file_variable", "expected no variable in the name of a file")
    inside = _file(url, folder).is_relative_to(folder.resolve())
    return None if inside else MistakeError("elsewhere", "expected a file in the folder of the site file")


def _missing(url: str, folder: Path) -> MistakeError | None:
    if is_live(url):
        return None
    with suppress(OSError):  # a name that is too long
        if _file(url, folder).is_file():
            return None
    return MistakeError("no_file", "expected a file that is there, {name} is not", name=Path(url).name)


def _file(url: str, folder: Path) -> Path:
    return (folder / url.removeprefix("file://")).resolve()


def unset_variables(site: Mapping[str, Any], environment: Mapping[str, str]) -> list[str]:
    """The variables that a site's cameras and channels name and the environment lacks, each once."""
    told = [one.url for one in _addresses(site)]
    for channel in _channels(site):
        told += (
            [text for text in channel.values() if isinstance(text, str)] if isinstance(channel, dict) else []
        )
    names = [name for text in told for name in names_in(text)]
    return [name for name in dict.fromkeys(names) if name not in environment]


def _misplaced_variable(url: str) -> MistakeError | None:
    login = _LOGIN.match(url)
    host = url[login.end() :] if login else url
    if names_in(host.partition("?")[0]):
        told = "expected ${{NAME}} before the @ or after the ? only, host and path are shown to all"
        return MistakeError("misplaced_variable", told)
    return None


def _has_plain_secret(url: str) -> bool:
    login = _LOGIN.match(url)
    password = login["login"].partition(":")[2] if login else ""
    values = [password, *(found["value"] for found in _SECRET_QUERY.finditer(url))]
    return any(PLACEHOLDER.sub("", value) for value in values)


def _names_own(url: str) -> bool:
    return any(name.upper().startswith(_OWN) for name in names_in(url))


def _scheme_only(url: str) -> str:
    """A channel's address without what may be a secret; one that is only a variable's name holds none."""
    if not PLACEHOLDER.sub("", url):
        return url
    scheme, sign, _ = url.partition("://")
    return f"{scheme}{sign}{HIDDEN}" if sign else HIDDEN


def _with(entry: Any, change: Callable[[str, str], str]) -> Any:
    """A camera or channel with each of its addresses changed; what is none stays as it is."""
    if not isinstance(entry, dict):
        return entry
    return {k: change(k, v) if k in _KEYS and isinstance(v, str) else v for k, v in entry.items()}


class _Address(NamedTuple):
    kind: str
    id: Any
    key: str
    url: str
    place: str

    @property
    def shown(self) -> str:
        return hidden(self.url) if self.kind == "cameras" else _scheme_only(self.url)


def _addresses(site: Mapping[str, Any]) -> Iterator[_Address]:
    """Every address of a draft, of which nothing else is known to be as it should."""
    cameras = site.get("cameras")
    kinds = (("cameras", "cameras", cameras), ("channels", "alerts.channels", _channels(site)))
    for kind, place, entries in kinds:
        for i, entry in enumerate(entries if isinstance(entries, list) else []):
            for key in _KEYS if isinstance(entry, dict) else ():
                if isinstance(entry.get(key), str):
                    yield _Address(kind, str(entry.get("id")), key, entry[key], f"{place}.{i}")


def _channels(site: Mapping[str, Any]) -> list[Any]:
    alerts = site.get("alerts")
    channels = alerts.get("channels") if isinstance(alerts, dict) else None
    return channels if isinstance(channels, list) else []
