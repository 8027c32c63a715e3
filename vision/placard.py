"""A placard on the counter: which texts are one, and since when it has been up. Pure.

A reading is dear, so the place is read only when it has changed, or when the last reading is old.
What a reading does not show is not at once gone: people stand before it, and a letter is misread.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vision.frame import Image
from vision.geometry import Boxes, area, intersection

TEXTS = ("暂停服务", "暂停办理", "暂停受理", "停止服务", "请稍候", "对不起请稍候", "休息中")
"""What a placard says; a hall adds its own."""
NOT_A_PLACARD = ("不停", "不暂停", "从不", "不休息")
"""A line with one of these says the contrary."""
FORGIVING_FROM = 4
"""Texts from this length on may be misread in one character, from twice the length on in two. Shorter
ones may not: 休息区 and 信息中心 are one character away from 休息中."""

READ_EVERY_S = 2.0
"""Shortest time between two readings of a post. It doubles with each reading that says what the one before
said, up to READ_SELDOM_S: whoever moves before the place changes how it looks, not what it says."""
READ_SELDOM_S = 8.0
JUST_LEFT_S = 5.0
"""A placard that the first reading shows, so soon after somebody was at the post, was put up by them."""
RENEW_S = 30.0
"""A reading of a place that has not changed is good for so long."""
HIDDEN_SHARE = 0.25
"""A placard is hidden when people's boxes cover this share of its text."""
HIDDEN_FOR_S = 600.0
"""How long a hidden placard is taken to be still there."""
CHANGED_LEVELS = 12.0
"""Difference of brightness, of 255, by which one of the place's cells has changed."""
CELLS = (12, 24)

_PLAIN = str.maketrans("侯后後暫務辦請對", "候候候暂务办请对")
"""Characters that are written, or read, for others; and the traditional forms of a placard's."""


def placard_in(lines: Iterable[str], texts: Sequence[str]) -> str | None:
    """The placard's text that stands in one of some lines, however punctuated; None when there is none.

    Errors are counted by the edit distance to the best part of the line (Sellers 1980).
    """
    plain = [plain_text(line) for line in lines]
    told = [line for line in plain if not any(word in line for word in NOT_A_PLACARD)]
    found = [
        (errors / len(wanted), -len(wanted), place)
        for place, text in enumerate(texts)
        if (wanted := plain_text(text))
        for line in told
        if (errors := _errors(wanted, line)) <= len(wanted) // FORGIVING_FROM
    ]
    return texts[min(found)[2]] if found else None


def plain_text(text: str) -> str:
    """Letters and digits only, in one form."""
    whole = unicodedata.normalize("NFKC", text).casefold().translate(_PLAIN)
    return "".join(c for c in whole if c.isalnum())


def _errors(wanted: str, line: str) -> int:
    """Fewest characters changed, added or left out between ``wanted`` and any part of ``line``."""
    row = [0] * (len(line) + 1)
    for i, char in enumerate(wanted, 1):
        above, row = row, [i] + [0] * len(line)
        for j, other in enumerate(line, 1):
            row[j] = min(above[j - 1] + (char != other), above[j] + 1, row[j - 1] + 1)
    return min(row)


@dataclass(frozen=True, slots=True)
class Reading:
    """What one reading of a post's placard place gave: the placard's text and where it stands (x1, y1,
    x2, y2 in pixels of the frame), both None when there was none."""

    text: str | None = None
    place: tuple[float, float, float, float] | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """A placard that was read: its text, since when, where, when last; ``end`` None = it is up."""

    text: str
    since: float
    place: tuple[float, float, float, float]
    read_at: float
    end: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class PlacardWatch:
    """What is known of one post's placard; `PlacardWatch()` has read nothing.

    ``sample`` is the place as it looked at the last reading, ``gone_at`` the first clear look at the
    place without the placard: a second one confirms it. ``last`` is what the last reading said, and until
    ``pause`` seconds after it there is no other. ``staffed_at`` is when somebody was last at the post.
    """

    shown: Shown | None = None
    read_at: float | None = None
    gone_at: float | None = None
    sample: NDArray[np.float32] | None = None
    last: str | None = None
    pause: float = READ_EVERY_S
    staffed_at: float | None = None

    @property
    def up(self) -> Shown | None:
        """The placard that is up now."""
        return self.shown if self.shown is not None and self.shown.end is None else None

    def due(self, t: float, sample: NDArray[np.float32]) -> bool:
        """Whether the place, which looks like ``sample`` at ``t``, is to be read."""
        if self.read_at is None or self.sample is None:
            return True
        since = t - self.read_at
        if self.gone_at is not None:
            return since >= READ_EVERY_S
        return since >= RENEW_S or (since >= self.pause and _differs(sample, self.sample))

    def read(self, t: float, sample: NDArray[np.float32], reading: Reading, people: Boxes) -> "PlacardWatch":
        """Take in a reading at ``t``; ``people`` are everybody's boxes in the frame, (N, 4)."""
        again = self.read_at is not None and reading.text == self.last
        pause = min(2 * self.pause, READ_SELDOM_S) if again else READ_EVERY_S
        state = replace(self, read_at=t, sample=sample, last=reading.text, pause=pause)
        up = self.up
        if reading.text is not None and reading.place is not None:
            since = self._since(t) if up is None else up.since
            return replace(state, shown=Shown(reading.text, since, reading.place, t), gone_at=None)
        if up is None or (t - up.read_at <= HIDDEN_FOR_S and hidden(up.place, people)):
            return replace(state, gone_at=None)
        if self.gone_at is None:
            return replace(state, gone_at=t)
        return replace(state, shown=replace(up, end=self.gone_at), gone_at=None)

    def staffed(self, t: float) -> "PlacardWatch":
        """Somebody is at the post again: what the place says is asked anew at the next absence."""
        up = self.up
        return PlacardWatch(self.shown if up is None else replace(up, end=t), staffed_at=t)

    def _since(self, t: float) -> float:
        """Since when a placard is up that was read at ``t``."""
        if self.read_at is None and self.staffed_at is not None and t - self.staffed_at <= JUST_LEFT_S:
            return self.staffed_at
        return t


def sample_of(image: Image, region: tuple[int, int, int, int]) -> NDArray[np.float32]:
    """A region (x1, y1, x2, y2 in pixels) of a BGR picture as a few cells' mean brightness, 0 to 255."""
    x1, y1, x2, y2 = region
    grey = image[y1:y2, x1:x2].mean(axis=2, dtype=np.float32)
    rows, columns = (
        np.linspace(0, size, min(cells, size) + 1).astype(int)[:-1]
        for size, cells in zip(grey.shape, CELLS, strict=True)
    )
    sums = np.add.reduceat(np.add.reduceat(grey, rows, axis=0), columns, axis=1)
    heights, widths = np.diff([*rows, grey.shape[0]]), np.diff([*columns, grey.shape[1]])
    return np.asarray(sums / np.outer(heights, widths), dtype=np.float32)


def hidden(place: tuple[float, float, float, float], people: Boxes) -> bool:
    """Whether people's boxes cover so much of a place that its text may not be seen."""
    box = np.array([place], dtype=np.float32)
    whole = float(area(box)[0])
    return whole > 0 and bool(intersection(people, box).sum() >= HIDDEN_SHARE * whole)


def _differs(one: NDArray[np.float32], other: NDArray[np.float32]) -> bool:
    return one.shape != other.shape or bool(np.abs(one - other).max() > CHANGED_LEVELS)
