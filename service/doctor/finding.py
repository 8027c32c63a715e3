"""What a check says: how bad it is, about what, in which words."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from pipelines.texts import catalogue, text

Args = dict[str, str | float | int]


class Level(StrEnum):
    """How bad it is. Only a problem makes the doctor say no."""

    OK = "ok"
    UNKNOWN = "unknown"
    """It could not be found out."""
    WARNING = "warning"
    """It works, but not well."""
    PROBLEM = "problem"
    """It does not work."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. ``about`` is the id of a camera or post, or what else it concerns.

    ``code`` names the text, ``args`` fill it in. Arguments never hold an address with a login.
    """

    level: Level
    code: str
    about: str = ""
    args: Args = field(default_factory=dict)


def ok(code: str, about: str = "", **args: str | float | int) -> Finding:
    """All is well."""
    return Finding(Level.OK, code, about, args)


def unknown(code: str, about: str = "", **args: str | float | int) -> Finding:
    """It could not be found out."""
    return Finding(Level.UNKNOWN, code, about, args)


def warning(code: str, about: str = "", **args: str | float | int) -> Finding:
    """It works, but not well."""
    return Finding(Level.WARNING, code, about, args)


def problem(code: str, about: str = "", **args: str | float | int) -> Finding:
    """It does not work."""
    return Finding(Level.PROBLEM, code, about, args)


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A finding and the group of checks that it comes from."""

    group: str
    finding: Finding

    def said(self, language: str) -> str:
        """The finding in words."""
        return text(language, f"doctor.{self.group}.{self.finding.code}", **self.finding.args)

    def advice(self, language: str) -> str:
        """What to do about it; empty when nothing is to be done."""
        key = f"doctor.{self.group}.{self.finding.code}.do"
        return text(language, key, **self.finding.args) if key in catalogue(language) else ""

    def line(self, language: str) -> dict[str, str]:
        """The finding as JSON."""
        return {
            "group": self.group,
            "code": self.finding.code,
            "level": self.finding.level.value,
            "about": self.finding.about,
            "text": self.said(language),
            "advice": self.advice(language),
        }
