"""What is wrong with values that people gave, in the words of our errors: what was expected, and what came.

pydantic's own kinds and ours (`vision.mistake`) have their words in the catalogue, as `fault.<kind>`. In
English they are what the command line has always said; a page or a client may want another language.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as a_field
from typing import Any

from pydantic_core import ErrorDetails

from pipelines.texts import catalogue
from vision.mistake import MistakeError

_URL = re.compile(r"(?<![^\s'\"“”])[^\s'\"“”]*://[^\s'\"“”]*")  # tried at a word's beginning only: linear
_SHORT_NAME = r"^[A-Za-z0-9_-]{1,40}$"
OTHER = "other"
"""The kind of a mistake that has no words of its own."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one field of a document."""

    field: str
    """Its keys and numbers with points between, like ``posts.0.staff_zone``; empty for the whole."""
    message: str
    """What was expected, and what came, in English."""
    kind: str = OTHER
    """What is wrong, as in the catalogue's `fault.<kind>`."""
    params: Mapping[str, Any] = a_field(default_factory=dict)
    """What fills the words. ``given``: what came, told after them."""

    def told(self, language: str) -> str:
        """The message in a language of the catalogue."""
        if language == "en":
            return self.message
        return _worded(language, self.kind, {"message": self.message, **self.params})


def mistaken(mistake: MistakeError) -> Fault:
    """A mistake of our own as a fault at its place."""
    return Fault(mistake.place, mistake.message, mistake.kind, mistake.params)


def fault(kind: str, place: str = "", **params: Any) -> Fault:
    """A fault whose English words are the catalogue's."""
    return Fault(place, _worded("en", kind, params), kind, params)


def expectation(error: ErrorDetails, *, secret: bool = False) -> str:
    """One error of a ValidationError as `expected ..., got ...`; a ``secret`` input is not shown."""
    found = expected(error, secret=secret)
    return f"{found.field}: {found.message}" if found.field else found.message


def expected(error: ErrorDetails, *, secret: bool = False) -> Fault:
    """The same as a fault, of which only a mistake of ours knows its place."""
    context = error.get("ctx", {})
    ours = context.get("error")
    if isinstance(ours, MistakeError):
        return mistaken(ours)
    message = str(error["msg"]).removeprefix("Value error, ")
    if "expected" in message and f"fault.{error['type']}" not in catalogue("en"):
        return Fault("", message)
    kind, params = _of_pydantic(error["type"], message, context)
    given = error.get("input")
    if not (secret or kind == "missing" or isinstance(given, dict | list | tuple)):
        params["given"] = given
    return Fault("", _worded("en", kind, params), kind, params)


def without_urls(message: str) -> str:
    """A message that may quote a file, without what may hold a password."""
    return _URL.sub("…://…", message)


def _without_login(value: str) -> str:
    """What came, or nothing of it where a password may be in it, whose end no space or quote tells."""
    if "://" in value:
        return "…://…"
    return "…" if ":" in value.partition("@")[0] and "@" in value else value


def _of_pydantic(kind: str, message: str, context: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    if context.get("pattern") == _SHORT_NAME:
        return "short_name", {}
    if f"fault.{kind}" in catalogue("en"):
        return kind, dict(context)
    return OTHER, {"message": f"expected: {message[0].lower()}{message[1:]}"}


def _worded(language: str, kind: str, params: Mapping[str, Any]) -> str:
    texts = catalogue(language)
    shown = {name: without_urls(_shown(language, name, value)) for name, value in params.items()}
    told = texts[f"fault.{kind}"].format_map(shown)
    return texts["fault.given"].format(told=told, given=shown["given"]) if "given" in shown else told


def _shown(language: str, name: str, value: Any) -> str:
    """A parameter as it stands in a sentence; in English what came is quoted as Python does."""
    if isinstance(value, Fault):
        return value.told(language)
    if name in {"got", "given"} and isinstance(value, str):
        value = _without_login(value)
    if name == "whose":
        return catalogue(language)[f"fault.whose.{value}"]
    if language == "en":
        return repr(value) if name in {"got", "given"} else str(value)
    if value is None or isinstance(value, bool):
        return {None: "空", True: "true", False: "false"}[value]
    if name == "expected":  # pydantic's list of choices: 'tcp' or 'udp'
        return "、".join(re.findall(r"'([^']*)'", str(value))) or str(value)
    if name == "what":  # a site file with hall, timezone, cameras and posts
        key = f"fault.what.{str(value).partition(' with ')[0].replace(' ', '_')}"
        return catalogue(language).get(key, str(value))
    return f"“{value}”" if name in {"got", "given"} and isinstance(value, str) else str(value)
