"""The placard of one post, read from the looks that found nobody there.

A reading takes as long as many looks. A live run has it done aside, and takes it in at the first look after
that; what it tells is true of the picture that was read. On a file it is done at once.
"""

from concurrent.futures import Executor, Future
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.reader import Reader
from pipelines.rules.covers import COVERED_BEHAVIOUR, Cover, CoverKind
from pipelines.rules.engine import PostState
from vision.detections import Detections
from vision.frame import Frame, Image
from vision.geometry import Boxes
from vision.placard import PlacardWatch, Reading, placard_in, sample_of
from vision.posts import Post

STAFFED_AT = 0.5
"""Belief in presence from which a post is staffed, so that its placard is of no interest."""
SURE_PEOPLE = 0.3
"""Score from which a person may stand before a placard."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A reading under way: of which moment, how the place looked, who stood there, and what will come."""

    t: float
    sample: NDArray[np.float32]
    people: Boxes
    reading: Future[Reading]


class PlacardPlace:
    """Where the placard of one post stands: when it is read, and what is known of it."""

    def __init__(
        self, post: Post, reader: Reader, texts: tuple[str, ...], aside: Executor | None = None
    ) -> None:
        """``texts`` are what a placard of the hall says; with none nothing is ever read. ``aside`` reads
        while looks go on."""
        self._post, self._reader, self._texts, self._aside = post, reader, texts, aside
        self._watch = PlacardWatch()
        self._asked: _Asked | None = None

    @property
    def text(self) -> str | None:
        """What the placard that is up says."""
        return None if self._watch.up is None else self._watch.up.text

    def look(self, frame: Frame, before: PostState, people: Detections) -> None:
        """Take in a look at a picture that tells; ``before`` is what was believed of the post until then.

        Raises ModelError when the reader's models are missing.
        """
        if not self._texts or COVERED_BEHAVIOUR not in before.beliefs:
            return
        if before.beliefs[COVERED_BEHAVIOUR].p >= STAFFED_AT:
            self._watch, self._asked = self._watch.staffed(frame.t), None
            return
        self._take_in()
        if before.shift is None or not before.covered:
            return
        region = self._post.placard_region(frame.width, frame.height)
        sample = sample_of(frame.image, region)
        if self._asked is None and self._watch.due(frame.t, sample):
            boxes = people.boxes[people.scores >= SURE_PEOPLE]
            self._asked = _Asked(frame.t, sample, boxes, self._begin(frame, region))
            self._take_in()

    def covers(self) -> list[Cover]:
        """The placard as a cover: while it is up, and the last one after it has gone."""
        shown = self._watch.shown
        if shown is None:
            return []
        end = float("inf") if shown.end is None else shown.end
        return [Cover(CoverKind.PLACARD, shown.since, end, f"{shown.since:.3f}", shown.text)]

    def _begin(self, frame: Frame, region: tuple[int, int, int, int]) -> Future[Reading]:
        x1, y1, x2, y2 = region
        part = frame.image[y1:y2, x1:x2].copy()  # whole pictures of all cameras that wait would be a gigabyte
        if self._aside is not None:
            return self._aside.submit(self._read, part, (x1, y1))
        done = Future[Reading]()
        done.set_result(self._read(part, (x1, y1)))
        return done

    def _take_in(self) -> None:
        asked = self._asked
        if asked is not None and asked.reading.done():
            self._asked = None
            self._watch = self._watch.read(asked.t, asked.sample, asked.reading.result(), asked.people)

    def _read(self, part: Image, corner: tuple[int, int]) -> Reading:
        lines = self._reader.read(part, corner)
        for line in lines:
            text = placard_in([line.text], self._texts)
            if text is not None:
                return Reading(text, line.box)
        # "对不起" and "请稍候" may stand one below the other, each line a part of one text.
        text = placard_in(["".join(line.text for line in lines)], self._texts)
        return Reading() if text is None else Reading(text, lines[0].box)
