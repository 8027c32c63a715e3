"""Secrets stand in a site file as ``${NAME}`` and come from the environment when they are needed."""

import os
import re
from collections.abc import Mapping
from urllib.parse import quote

PLACEHOLDER = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


class UnsetVariableError(LookupError):
    """A variable that a site file names is not in the environment; its text is the variable's name."""


def names_in(text: str) -> tuple[str, ...]:
    """The variables that a text names, in their order."""
    return tuple(PLACEHOLDER.findall(text))


def filled(text: str, environment: Mapping[str, str] | None = None) -> str:
    """A text with its placeholders filled in, by default from this process's environment.

    What is filled in before the host of a url is a user name or password: it is quoted, so that it may hold
    any character. Raises UnsetVariableError.
    """
    values = os.environ if environment is None else environment
    login = text.rfind("@") if "://" in text else -1

    def fill(match: re.Match[str]) -> str:
        name = match.group(1)
        if name not in values:
            raise UnsetVariableError(name)
        return quote(values[name], safe="") if match.start() < login else values[name]

    return PLACEHOLDER.sub(fill, text)
