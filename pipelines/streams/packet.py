"""One encoded picture, in memory or on disk."""

from dataclasses import dataclass
from typing import Protocol


class Stored(Protocol):
    """Bytes that are kept elsewhere."""

    @property
    def size(self) -> int:
        """How many."""

    def read(self) -> bytes:
        """The bytes; OSError when they cannot be had."""


@dataclass(frozen=True, slots=True)
class Packet:
    """One encoded picture: times in the stream's time base, ``t`` its event time in seconds.

    ``content`` are its bytes, or where they are.
    """

    content: bytes | Stored
    t: float
    pts: int
    dts: int
    duration: int
    key: bool

    @property
    def data(self) -> bytes:
        """The encoded picture. Raises OSError when it is on a disk that cannot be read."""
        return self.content if isinstance(self.content, bytes) else self.content.read()

    @property
    def size(self) -> int:
        """Bytes of the encoded picture."""
        return len(self.content) if isinstance(self.content, bytes) else self.content.size
