"""The service's log: structlog in front, the standard library's loggers bridged into it, logins hidden.

Whoever logs goes on using `logging`; libraries do too. Every record, ours or theirs, becomes one dictionary
of time, level, logger, event and whatever else was given, is cleared of logins, and is written to stderr as
a line for people (`console`) or for machines (`json`).
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import Literal, TextIO

import structlog
from structlog.typing import EventDict, Processor

Style = Literal["console", "json"]
LogLevel = Literal["debug", "info", "warning", "error"]

TALKATIVE = ("alembic", "httpx", "httpcore")
"""Libraries that tell at `info` what only their makers want to know."""
DOUBLES = frozenset({"message", "asctime", "color_message"})
# A login may hold any character but white space, even / and @: all up to the last @ of the word goes.
_LOGIN = re.compile(r"://\S*@")
_QUERY = re.compile(r"(://[^\s?]*)\?\S*")
_SECRET_WORD = re.compile(r"(?i)\b(password|passwd|pwd|secret|token)=[^\s&;,]+")


def without_logins(text: str) -> str:
    """A text with user and password of every address blanked, and what its query holds."""
    text = _QUERY.sub(r"\1?***", _LOGIN.sub("://***@", text))
    return _SECRET_WORD.sub(r"\1=***", text)


def hide_logins(_logger: object, _method: str, event: EventDict) -> EventDict:
    """A processor that clears everything a record holds, whatever its type, keys included."""
    return {without_logins(str(key)): _cleared(value) for key, value in event.items()}


def _cleared(value: object) -> object:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping):
        return {without_logins(str(key)): _cleared(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_cleared(inner) for inner in value]
    return without_logins(value if isinstance(value, str) else repr(value))


class _Handler(logging.StreamHandler[TextIO]):
    """Writes to what stderr is at that moment, and is known by its class so that it is installed once."""

    @property
    def stream(self) -> TextIO:
        return sys.stderr

    @stream.setter
    def stream(self, _given: TextIO) -> None:
        """Always stderr."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's own name
        """A record that cannot be written; logging itself would show its arguments as they are."""
        kind = type(sys.exc_info()[1]).__name__
        told = without_logins(f"a log record of {record.name} cannot be written ({kind}): {record.msg!r}")
        with suppress(OSError, ValueError):  # a closed stderr
            sys.stderr.write(told + "\n")


def start_logging(style: Style = "console", level: LogLevel = "info") -> None:
    """Route every log record of this process through here. Calling it again replaces the settings."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.ExtraAdder(), _without_doubles, *shared],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            hide_logins,
            *_rendered(style),
        ],
    )
    root = logging.getLogger()
    handler = next((known for known in root.handlers if isinstance(known, _Handler)), None) or _Handler()
    handler.setFormatter(formatter)
    if handler not in root.handlers:
        root.addHandler(handler)
    root.setLevel(level.upper())
    for library in TALKATIVE:
        logging.getLogger(library).setLevel(logging.NOTSET if level == "debug" else logging.WARNING)


def _without_doubles(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Other formatters and uvicorn leave copies of the message on the record."""
    return {key: value for key, value in event.items() if key not in DOUBLES}


def stop_logging() -> None:
    """Take it back, as it was before `start_logging`."""
    root = logging.getLogger()
    for handler in [known for known in root.handlers if isinstance(known, _Handler)]:
        root.removeHandler(handler)
    root.setLevel(logging.WARNING)
    for library in TALKATIVE:
        logging.getLogger(library).setLevel(logging.NOTSET)
    structlog.reset_defaults()


def _rendered(style: Style) -> list[Processor]:
    if style == "json":
        return [structlog.processors.JSONRenderer(ensure_ascii=False)]
    return [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]
