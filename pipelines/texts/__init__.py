"""Every text a user sees, in zh-CN and en: one catalogue for the page, the API and the CLI.

Flat ``key: text`` with ``{name}`` placeholders. ``<language>.yaml`` holds what the monitor says of
its looks, rules and errors; ``<language>.page.yaml`` the words of the review page,
``<language>.doctor.yaml`` those of `conduct doctor`, ``<language>.alerts.yaml`` those of messages
to people and of the pages about them, ``<language>.appeals.yaml`` those of appeals and of findings by hand,
``<language>.reports.yaml`` those of reports and their files, ``<language>.site.yaml`` those of the set-up,
``<language>.wall.yaml`` those of the wall, ``<language>.faults.yaml`` what can be wrong with a site file,
``<language>.spots.yaml`` those of spot checks.
"""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

import yaml

LANGUAGES = ("zh-CN", "en")
PARTS = ("", ".page", ".doctor", ".alerts", ".appeals", ".reports", ".site", ".wall", ".faults", ".spots")


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """All texts of one language by key; ValueError for a language that is not there."""
    if language not in LANGUAGES:
        raise ValueError(f"expected a language of {', '.join(LANGUAGES)}, got {language!r}")
    folder = files("pipelines.texts")
    texts: dict[str, str] = {}
    for name in (f"{language}{part}.yaml" for part in PARTS):
        part: dict[str, str] = yaml.safe_load(folder.joinpath(name).read_text(encoding="utf-8")) or {}
        doubled = texts.keys() & part.keys()
        if doubled:
            raise ValueError(f"{name}: keys defined twice: {', '.join(sorted(doubled))}")
        texts.update(part)
    return MappingProxyType(texts)


def text(language: str, key: str, **args: str | float | int) -> str:
    """One text with its values filled in; KeyError names a key that is missing."""
    return catalogue(language)[key].format(**args)
