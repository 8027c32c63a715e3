"""Why a camera gives no pictures."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Loss:
    """A camera is lost: the state of health that this is, and the reason in words."""

    state: Literal["gap", "unauthorised", "clock"]
    detail: str


BROKE_OFF = Loss("gap", "the stream broke off")
STALLED = Loss("gap", "the stream stalls: connected, but nothing comes")
UNREADABLE = Loss("gap", "the stream cannot be decoded: packets come, but no picture")
PARAMETERS = Loss("gap", "the stream became another: its size or its coding changed")
