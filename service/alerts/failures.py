"""Why a delivery failed, in the reader's language: the outbox keeps one line of English, whoever reads it."""

from __future__ import annotations

import re
from collections.abc import Mapping

_INSIDE = {
    "a loopback": "alerts.error.loopback",
    "a link-local": "alerts.error.link_local",
    "a private": "alerts.error.private",
    "a reserved": "alerts.error.reserved",
}
_KNOWN = {
    r"the receiver answered (?P<status>\d+)": "alerts.error.answered",
    r"the receiver answered (?P<status>\d+); redirects are not followed": "alerts.error.redirected",
    r"the receiver cannot be reached: (?P<error>\w+)": "alerts.error.unreachable",
    r"the host's name has no address": "alerts.error.no_address",
    r"expected a public address or .*, the host has (?P<kind>a [a-z-]+) one": "alerts.error.inside",
    r"the site has no such channel any more": "alerts.error.no_channel",
    r"Apprise could not send it and said nothing more": "alerts.error.silent",
    r"(?P<error>\w+) in the channel": "alerts.error.fault",
}
"""The lines that channels and the worker write; what Apprise says stays in its own words."""


def in_words(error: str, texts: Mapping[str, str]) -> str:
    """The same in the language of `texts`; a line that is not known stays as it is."""
    for pattern, key in _KNOWN.items():
        found = re.fullmatch(pattern, error)
        if found is not None:
            given = found.groupdict()
            if "kind" in given:
                given["kind"] = texts[_INSIDE[given["kind"]]]
            return texts[key].format(**given)
    return error
