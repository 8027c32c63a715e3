"""A thread that reads one stream: connect, read to the end, connect again, with growing pauses, for ever."""

import logging
import random
import threading
import traceback
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass

from pipelines.hall.site import is_live
from pipelines.metrics import CONNECT_FAILURES, SILENT, Meter
from pipelines.streams.gathering import Gathering
from pipelines.streams.loss import Loss
from pipelines.streams.opening import READ_TIMEOUT_S, SourceError
from pipelines.streams.source import Source

log = logging.getLogger(__name__)

FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 60.0


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a camera is waited for, in seconds."""

    first_pause_s: float = FIRST_PAUSE_S
    longest_pause_s: float = LONGEST_PAUSE_S
    silence_s: float = READ_TIMEOUT_S
    """A stream that sends nothing for this long has stalled."""
    gathering: Gathering | None = None
    """How packets are left to gather, to be read together; None: they are not."""

    def pauses(self) -> Iterator[float]:
        """Before each new try: doubling with jitter, never much more than the longest."""
        pause = self.first_pause_s
        while True:
            yield pause * random.uniform(0.75, 1.25)
            pause = min(pause * 2, self.longest_pause_s)

    def after_refusal(self) -> float:
        """Before the next try with a password that was refused: cameras lock out who tries often."""
        return self.longest_pause_s * random.uniform(0.75, 1.25)


class Connecting(ABC):
    """One stream of a camera, and the thread (`run`) that keeps at it."""

    def __init__(
        self, camera: str, url: str, patience: Patience, stop: threading.Event, meter: Meter = SILENT
    ) -> None:
        """``stop`` ends the thread."""
        self._camera, self._url, self._patience, self._meter = camera, url, patience, meter
        self._stop, self._live = stop, is_live(url)

    def run(self) -> None:
        """The thread: connect, read to the end, connect again."""
        pauses = self._patience.pauses()
        while not self._stop.is_set():
            loss, seen = self._try()
            if loss is not None:
                self._lose(loss)
            if not self._live:
                break
            if seen:
                pauses = self._patience.pauses()
            refused = loss is not None and loss.state == "unauthorised"
            self._stop.wait(self._patience.after_refusal() if refused else next(pauses))

    def _try(self) -> tuple[Loss | None, bool]:
        """One connection, to its end: why it ended (None: a file is over), and whether anything came."""
        try:
            source = self._open()
            seen = self._read(source)
        except SourceError as error:
            log.warning("%s", error)
            self._meter.add(CONNECT_FAILURES, self._camera)
            return error.loss, False
        except Exception as error:  # noqa: BLE001 - whatever it was, a camera must not vanish unsaid
            # Without the message: FFmpeg's quote the url with its password.
            where = "".join(traceback.format_tb(error.__traceback__))
            log.error("camera %s: reading failed: %s\n%s", self._camera, type(error).__name__, where)
            return Loss("gap", f"reading failed: {type(error).__name__}"), False
        return (source.loss if self._live else None), seen

    @abstractmethod
    def _open(self) -> Source:
        """Connect. Raises SourceError."""

    @abstractmethod
    def _read(self, source: Source) -> bool:
        """Read one connection to its end; says whether anything came."""

    @abstractmethod
    def _lose(self, loss: Loss) -> None:
        """There is no stream any more."""
