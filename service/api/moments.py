"""Times in queries and bodies."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from fastapi.exceptions import RequestValidationError

from pipelines.hall.covers import moment


def moment_in(field: str, given: str | None, zone: ZoneInfo, *, place: str = "query") -> datetime | None:
    """A time, in the hall's zone when it has no offset. Raises RequestValidationError."""
    if given is None:
        return None
    try:
        # A plus sign that was not escaped arrives as a space.
        return moment(given.replace(" ", "+") if "T" in given else given, zone)
    except ValueError as error:
        told = {"loc": (place, field), "msg": str(error), "type": "value_error"}
        raise RequestValidationError([told]) from error
