"""JSON that somebody gave: its value, or in few words why it has none."""

import json
from typing import Any


def value_of(text: str) -> Any:
    """The one JSON value of a text. Raises ValueError, also for numbers and depths beyond all reading."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        what = error.msg if isinstance(error, json.JSONDecodeError) else "it cannot be read"
        raise ValueError(what) from error
