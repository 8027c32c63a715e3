"""A draft of a site: what is wrong with it, and the file that it becomes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from pipelines.hall.document import faults_of
from pipelines.hall.site import Site
from pipelines.hall.wording import Fault, fault, mistaken
from service.review.plain_text import TextRefusedError, plain
from service.sitefile.addresses import refused

MOST_DEEP = 16
LONGEST_TEXT = 2000
_ORDER = (*Site.model_fields,)


class SiteRefusedError(ValueError):
    """A draft, or a part of it, cannot be used; `fault` says where and why."""

    def __init__(self, wrong: Fault) -> None:
        super().__init__(wrong.message)
        self.fault = wrong


def faults(site: Mapping[str, Any], saved: Mapping[str, Any], folder: Path) -> list[Fault]:
    """All that keeps a draft from being the site file, by field; ``folder`` is where that lies."""
    odd = list(_odd("", site))
    if odd:
        return odd
    addresses = refused(site, saved, folder)
    told = {one.field for one in addresses}
    return addresses + [one for one in faults_of(dict(site), Site) if one.field not in told]


def written(site: Mapping[str, Any]) -> str:
    """The site file's text: the parts in their usual order, zones and times on lines of their own."""
    known = {key: site[key] for key in _ORDER if key in site}
    rest = {key: value for key, value in site.items() if key not in known}
    return yaml.dump(
        {**known, **rest},
        Dumper=_Plain,
        allow_unicode=True,
        sort_keys=False,
        default_flow_style=None,
        width=100,
    )


class _Plain(yaml.SafeDumper):
    """Writes what stands twice twice, instead of a reference."""

    def ignore_aliases(self, _data: Any) -> bool:
        return True


def bounded(site: dict[str, Any]) -> dict[str, Any]:
    """The same site. Raises SiteRefusedError: it nests deeper than any site does, or is no JSON in UTF-8."""
    level: list[Any] = [site]
    for _ in range(MOST_DEEP):
        level = [inner for value in level for inner in _inside(value)]
    if level:
        raise SiteRefusedError(fault("deep", "site", levels=MOST_DEEP))
    try:
        json.dumps(site, allow_nan=False, ensure_ascii=False).encode()
    except ValueError as error:
        raise SiteRefusedError(fault("odd_values", "site")) from error
    return site


def _inside(value: Any) -> Iterable[Any]:
    if isinstance(value, Mapping):
        return value.values()
    return value if isinstance(value, list) else ()


def _odd(where: str, value: Any) -> Iterator[Fault]:
    """The texts and keys that no site file holds, wherever they stand."""
    if isinstance(value, str):
        try:
            plain(where, value, LONGEST_TEXT, needed=False)
        except TextRefusedError as error:
            yield mistaken(error.mistake.at(where))
    elif isinstance(value, Mapping | list):
        pairs = value.items() if isinstance(value, Mapping) else enumerate(value)
        for key, inner in pairs:
            yield from _odd(f"{where}.{key}" if where else str(key), inner)
            yield from _odd(where, key)
