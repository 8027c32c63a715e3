"""A placard read aside: looks go on meanwhile; what was read is true of the picture it was read in."""

import weakref
from concurrent.futures import Executor, Future
from typing import Any

import numpy as np
import pytest

from models.manifest import ModelError
from models.reader import Line, Reader
from pipelines.looking.placards import PlacardPlace
from pipelines.rules.belief import Belief
from pipelines.rules.engine import PostState
from pipelines.rules.machine import Machine
from pipelines.rules.schedule import Span
from vision.detections import Detections
from vision.frame import Frame
from vision.posts import Post

POST = Post(id="w01", camera="hall", staff_zone=((0.2, 0.2), (0.8, 0.2), (0.8, 0.6), (0.2, 0.6)))
SHIFT = Span(0.0, 1000.0)


class Says(Reader):
    """Reads what it is told to, or fails."""

    def __init__(self, *answers: str | ModelError) -> None:
        super().__init__()
        self.answers = list(answers)

    def read(self, part: Any, corner: tuple[int, int] = (0, 0)) -> list[Line]:
        answer = self.answers.pop(0)
        if isinstance(answer, ModelError):
            raise answer
        return [Line(answer, 0.9, (10.0, 10.0, 60.0, 30.0))] if answer else []


class Later(Executor):
    """Does what is asked of it when it is told to."""

    def __init__(self) -> None:
        self.waiting: list[tuple[Future[Any], Any]] = []

    def submit(self, work: Any, /, *given: Any, **more: Any) -> Future[Any]:
        future = Future[Any]()
        self.waiting.append((future, lambda: work(*given, **more)))
        return future

    def work(self) -> None:
        for future, work in self.waiting:
            try:
                future.set_result(work())
            except ModelError as error:
                future.set_exception(error)
        self.waiting = []


def state(presence: float) -> PostState:
    return PostState({"presence": Belief(presence)}, {}, SHIFT, {"absent": Machine()})


def look(place: PlacardPlace, t: float, presence: float = 0.1, level: int = 90) -> None:
    image = np.full((120, 160, 3), level, np.uint8)
    place.look(Frame("hall", int(t * 10), t, image), state(presence), Detections.none())


def covers(place: PlacardPlace) -> list[tuple[float, float]]:
    return [(cover.start, cover.end) for cover in place.covers()]


def test_read_at_once_without_anybody_to_do_it_aside() -> None:
    place = PlacardPlace(POST, Says("暂停服务"), ("暂停服务",))
    look(place, 10.0)
    assert covers(place) == [(10.0, float("inf"))]


def test_what_was_read_aside_holds_since_the_picture_that_was_read() -> None:
    aside = Later()
    place = PlacardPlace(POST, Says("暂停服务"), ("暂停服务",), aside)
    look(place, 10.0)
    look(place, 10.4)
    assert covers(place) == []
    assert len(aside.waiting) == 1, "one reading of a place at a time"
    aside.work()
    look(place, 13.0)
    assert covers(place) == [(10.0, float("inf"))]
    assert place.text == "暂停服务"


def test_what_waits_to_be_read_is_no_whole_picture() -> None:
    later = Later()
    place = PlacardPlace(POST, Says("暂停服务"), ("暂停服务",), later)
    image = np.full((120, 160, 3), 90, np.uint8)
    whole = weakref.ref(image)
    place.look(Frame("hall", 100, 10.0, image), state(0.1), Detections.none())
    del image
    assert later.waiting
    assert whole() is None


def test_a_place_that_changed_meanwhile_is_read_again() -> None:
    aside = Later()
    place = PlacardPlace(POST, Says("暂停服务", "", ""), ("暂停服务",), aside)
    for t, level in ((10.0, 90), (13.0, 200), (16.0, 200), (19.0, 200)):
        look(place, t, level=level)
        aside.work()
    look(place, 22.0, level=200)
    # Read without it at 13 and again, to be sure, at 16: gone since 13.
    assert covers(place) == [(10.0, 13.0)]


def test_somebody_is_back_before_the_reading_is_done() -> None:
    aside = Later()
    place = PlacardPlace(POST, Says("暂停服务", ""), ("暂停服务",), aside)
    look(place, 10.0)
    look(place, 12.0, presence=0.9)
    aside.work()
    look(place, 14.0)
    assert covers(place) == []
    assert len(aside.waiting) == 1, "the next absence asks anew"


def test_missing_models_are_told_at_the_next_look() -> None:
    aside = Later()
    place = PlacardPlace(POST, Says(ModelError("placards: expected")), ("暂停服务",), aside)
    look(place, 10.0)
    aside.work()
    with pytest.raises(ModelError, match="placards"):
        look(place, 10.4)
