"""What a camera's reader brings, counted: packets, pictures, what could not be read, what was left out."""

from collections.abc import Callable

from pipelines.looking.looks import LookGrid
from pipelines.metrics import DECODE_ERRORS, FRAMES, PACKETS, PICTURES_DROPPED, Meter
from pipelines.streams.arrivals import Arrivals
from pipelines.streams.source import Step


class Intake:
    """That of one camera. Its reader's thread calls."""

    def __init__(
        self, camera: str, meter: Meter, arrivals: Arrivals | None, rests: Callable[[], bool]
    ) -> None:
        """``arrivals`` is a live camera's, None for a file; ``rests`` says whether nothing goes on there."""
        self._camera, self._meter, self._arrivals, self._rests = camera, meter, arrivals, rests
        self._grid = LookGrid()
        self._errors = 0
        """Those of the source that were counted."""

    def take(self, step: Step, errors: int) -> None:
        """Count a step; its source has met so many ``errors`` by now."""
        if step.packet is not None:
            self._meter.add(PACKETS, self._camera)
        decoded = sum(picture.decoded for picture in step.pictures)
        if decoded:
            self._meter.add(FRAMES, self._camera, by=decoded)
        self.met(errors)
        if self._arrivals is not None:
            for t in _times(step):
                self._arrivals.came(t)
                self._left_out(t, step)

    def met(self, errors: int) -> None:
        """Count the errors that the source has met by now."""
        if errors != self._errors:
            self._meter.add(DECODE_ERRORS, self._camera, by=errors - self._errors)
            self._errors = errors

    def reconnected(self) -> None:
        """What comes now is another source's, which has met no error yet."""
        self._errors = 0

    def _left_out(self, t: float, step: Step) -> None:
        """Count a picture that was due and not even decoded, because all is too much."""
        self._grid, due = self._grid.due(t)
        if due and step.rested and not step.pictures and not self._rests():
            self._meter.add(PICTURES_DROPPED, self._camera)


def _times(step: Step) -> list[float]:
    """The event times that a step brings: its pictures', or its packet's when that is not decoded."""
    if step.rested and step.packet is not None:
        return [step.packet.t]
    return [picture.t for picture in step.pictures]
