"""The regulation that ships with the monitor, read from `rules/regulation.yaml`."""

from functools import cache
from importlib.resources import files

import yaml

from pipelines.rules.regulation import Regulation, parse


@cache
def load() -> Regulation:
    """All clauses, rules with their defaults, and the dynamics of beliefs."""
    text = files("pipelines.rules").joinpath("regulation.yaml").read_text(encoding="utf-8")
    return parse(yaml.safe_load(text))
