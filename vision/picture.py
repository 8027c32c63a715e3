"""Is the picture alive? Dark, blank and frozen pictures tell nothing about a post.

A live camera, even on an empty hall under heavy compression, changes at least a quarter of a per
cent of its pixels by two grey levels from one look to the next; a still picture that is encoded
again and again changes (but for a pulse at each keyframe) a tenth of that. Measured on H.264,
H.265 and MPEG-4 at several rates. A clock in the picture that still ticks is a sign of life too:
few pixels, but changed by a lot.
"""

import math
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from vision.frame import Image

DARK_LEVEL, DARK_SHARE = 24, 0.98
"""Grey level below which so large a share of a dark picture's pixels stays (limited-range black is 16)."""
BLANK_SPREAD = 2.5
"""Standard deviation in grey levels below which a picture is one flat colour ("no signal")."""
CHANGED_BY = 2
STILL_SHARE = 0.002
"""Share of pixels changed by `CHANGED_BY` levels below which two looks show the same picture."""
CLOCK_BY = 40
CLOCK_PIXELS = 12
FROZEN_AFTER_S = 3.0
"""A picture that has stood still this long is frozen. Shorter stills are only not counted."""
STILL_PULSES, FROZEN_PULSES = 1, 4
"""Looks in a row that may change faintly without ending a stillness: one while it is young, more once the
picture is known to be frozen. A picture encoded twice pulses at both encoders' keyframes."""
REMEMBERED = 6
"""Looks back to which a picture is compared: an encoder that draws a still picture now as a keyframe,
now as its successors comes back to the very same pictures, and a live camera never does."""
MAX_SAMPLES = 150_000
PART = 8
"""Every so many-th row is compared first."""


class Picture(StrEnum):
    """What a look's picture is good for."""

    LIVE = "live"
    STILL = "still"
    """The same picture as the last look's: it says nothing new."""
    FROZEN = "frozen"
    DARK = "dark"
    BLANK = "blank"
    CORRUPT = "corrupt"
    """The decoder had to guess parts of it."""
    MOVED = "moved"
    """Good, but of another view than the one that zones were drawn for (`vision.viewpoint`)."""

    @property
    def tells(self) -> bool:
        """Whether posts can be judged by it."""
        return self is Picture.LIVE


@dataclass(frozen=True, slots=True)
class PictureWatch:
    """What must be remembered of a camera's pictures from look to look."""

    samples: NDArray[np.uint8] | None = None
    earlier: tuple[NDArray[np.uint8], ...] = ()
    still_since: float | None = None
    pulses: int = 0
    frozen: bool = False

    def look(self, image: Image, t: float) -> tuple["PictureWatch", Picture]:
        """Judge one picture (BGR uint8, event time ``t`` in seconds); gives the next state too."""
        samples = _samples(image)
        if np.count_nonzero(samples < DARK_LEVEL) >= DARK_SHARE * samples.size:
            return PictureWatch(samples), Picture.DARK
        if _spread(samples) < BLANK_SPREAD:
            return PictureWatch(samples), Picture.BLANK
        return self._compare(samples, t)

    def _compare(self, samples: NDArray[np.uint8], t: float) -> tuple["PictureWatch", Picture]:
        before = self.samples
        if before is None or before.shape != samples.shape:
            return PictureWatch(samples), Picture.LIVE
        change = _change(samples, before)
        moved = not _same(change) and not any(_alike(samples, seen) for seen in self.earlier)
        earlier = (*self.earlier[-(REMEMBERED - 1) :], before)
        ticked = moved and np.count_nonzero(change >= CLOCK_BY) >= CLOCK_PIXELS
        if ticked or (moved and not self._is_pulse(change)):
            state = replace(self, samples=samples, earlier=earlier, still_since=None, pulses=0, frozen=False)
            return state, Picture.LIVE
        since = t if self.still_since is None else self.still_since
        pulses = self.pulses + 1 if moved else 0
        frozen = t - since >= FROZEN_AFTER_S
        state = replace(
            self, samples=samples, earlier=earlier, still_since=since, pulses=pulses, frozen=frozen
        )
        return state, Picture.FROZEN if frozen else Picture.STILL

    def _is_pulse(self, change: NDArray[np.uint8]) -> bool:
        """A keyframe in a still picture: a few looks' faint change everywhere, then stillness again."""
        allowed = FROZEN_PULSES if self.frozen else STILL_PULSES
        return self.still_since is not None and self.pulses < allowed and int(change.max()) < CLOCK_BY


def _same(change: NDArray[np.uint8]) -> bool:
    """Whether two pictures that differ by so much, grey level by grey level, show the same."""
    if int(np.count_nonzero(change >= CHANGED_BY)) >= STILL_SHARE * change.size:
        return False
    return int(np.count_nonzero(change >= CLOCK_BY)) < CLOCK_PIXELS


def _alike(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> bool:
    """Whether two pictures' samples show the same. Mostly they do not, which a part of their rows tells."""
    part = int(np.count_nonzero(_change(one[::PART], other[::PART]) >= CHANGED_BY))
    return part < STILL_SHARE * one.size and _same(_change(one, other))


def _change(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """By how many grey levels each sample differs; in eight bits, which is what makes it fast."""
    return np.asarray(np.maximum(one, other) - np.minimum(one, other), np.uint8)


def _spread(samples: NDArray[np.uint8]) -> float:
    """Standard deviation in grey levels, by whole numbers, which is what makes it fast."""
    count, total = samples.size, int(samples.sum(dtype=np.uint64))
    squares = int(np.square(samples, dtype=np.uint16).sum(dtype=np.uint64))
    return math.sqrt(max(squares * count - total**2, 0)) / count


def _samples(image: Image) -> NDArray[np.uint8]:
    """Green channel on a coarse grid: cheap, and unlike a resized picture it keeps the noise."""
    step = max(1, int(np.sqrt(image.shape[0] * image.shape[1] / MAX_SAMPLES)))
    return np.ascontiguousarray(image[::step, ::step, 1])
