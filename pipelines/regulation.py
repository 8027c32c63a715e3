"""The regulation that ships with the monitor, read from `rules/regulation.yaml` and `rules/clauses.yaml`."""

from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from pipelines.rules.regulation import Regulation, parse


@cache
def load() -> Regulation:
    """All clauses, rules with their defaults, and the dynamics of beliefs."""
    whole = _read("regulation.yaml")
    # What the rules refer to comes first; the other file holds what only people can judge.
    return parse({**whole, "clauses": {**whole["clauses"], **_read("clauses.yaml")}})


def _read(name: str) -> dict[str, Any]:
    text = files("pipelines.rules").joinpath(name).read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(text)
    return found
