"""Which texts are a placard, when its place is read, and since when it has been up."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest

from vision.geometry import Boxes
from vision.placard import (
    HIDDEN_FOR_S,
    READ_EVERY_S,
    READ_SELDOM_S,
    RENEW_S,
    TEXTS,
    PlacardWatch,
    Reading,
    hidden,
    placard_in,
    sample_of,
)
from vision.posts import Post

OWN = (*TEXTS, "午间轮休")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        pytest.param("暂停服务", "暂停服务", id="as it is"),
        pytest.param("此窗口暂停服务", "暂停服务", id="the regulation's placard"),
        pytest.param("对不起，请稍候", "对不起请稍候", id="the regulation's other placard"),
        pytest.param("请稍后", "请稍候", id="the other way of writing it"),
        pytest.param("暫停服務", "暂停服务", id="traditional characters"),
        pytest.param("暂 停·服 务！", "暂停服务", id="spaces and marks"),
        pytest.param("智停服务", "暂停服务", id="one character misread"),
        pytest.param("暂停服", "暂停服务", id="one character not seen"),
        pytest.param("暂停服服务", "暂停服务", id="one character too many"),
        pytest.param("智体服务", None, id="two characters of four misread"),
        pytest.param("对不超请稍候", "请稍候", id="a misread character beside a whole text"),
        pytest.param("对不起请消候", "对不起请稍候", id="one of six misread"),
        pytest.param("休息中", "休息中", id="a short text"),
        pytest.param("休息区", None, id="a rest area is one character away"),
        pytest.param("信息中心", None, id="and so is an information centre"),
        pytest.param("政务服务", None, id="half of the text"),
        pytest.param("便民服务", None, id="another service"),
        pytest.param("02 号", None, id="the window's number"),
        pytest.param("午休不停服务", None, id="the contrary, one character away"),
        pytest.param("午间轮休", "午间轮休", id="the hall's own text"),
        pytest.param("", None, id="nothing"),
    ],
)
def test_what_a_line_says(line: str, expected: str | None) -> None:
    assert placard_in([line], OWN) == expected


def test_the_surest_of_several_lines_counts() -> None:
    assert placard_in(["智停服务", "01号", "请稍候"], TEXTS) == "请稍候"
    assert placard_in(["暂停服务"], ()) is None


PLACE = (100.0, 100.0, 200.0, 130.0)
SEEN, NONE = Reading("暂停服务", PLACE), Reading()
NOBODY = np.zeros((0, 4), np.float32)
BEFORE_IT = np.array([[90, 60, 180, 400]], np.float32)
ASIDE = np.array([[300, 60, 400, 400]], np.float32)
PLAIN, OTHER = np.zeros((2, 2), np.float32), np.full((2, 2), 50, np.float32)


class At(NamedTuple):
    t: float
    reading: Reading | None
    people: Boxes = NOBODY


@pytest.mark.parametrize(
    ("steps", "since", "end"),
    [
        pytest.param([At(0, NONE)], None, None, id="none"),
        pytest.param([At(0, SEEN)], 0, None, id="up at the first reading"),
        pytest.param([At(0, NONE), At(2, SEEN), At(4, SEEN)], 2, None, id="put up: since its first reading"),
        pytest.param([At(0, SEEN), At(2, NONE)], 0, None, id="not read once: still up"),
        pytest.param([At(0, SEEN), At(2, NONE), At(4, NONE)], 0, 2, id="gone since the first of two"),
        pytest.param(
            [At(0, SEEN), At(2, NONE), At(4, SEEN), At(6, NONE)], 0, None, id="misread now and then"
        ),
        pytest.param([At(0, SEEN), At(2, NONE, BEFORE_IT), At(4, NONE, BEFORE_IT)], 0, None, id="hidden"),
        pytest.param([At(0, SEEN), At(2, NONE, ASIDE), At(4, NONE, ASIDE)], 0, 2, id="people beside it"),
        pytest.param(
            [At(0, SEEN), At(2, NONE), At(4, NONE, BEFORE_IT), At(6, NONE)], 0, None, id="hidden in between"
        ),
        pytest.param(
            [At(0, SEEN), *(At(HIDDEN_FOR_S + t, NONE, BEFORE_IT) for t in (1, 3))],
            0,
            HIDDEN_FOR_S + 1,
            id="hidden for too long",
        ),
        pytest.param([At(0, SEEN), At(5, None)], 0, 5, id="somebody is at the post again"),
        pytest.param(
            [At(0, SEEN), At(5, None), At(9, SEEN)], 5, None, id="and gone again: put up on leaving"
        ),
        pytest.param([At(0, SEEN), At(5, None), At(11, SEEN)], 11, None, id="read long after they left"),
        pytest.param([At(5, None), At(6, NONE), At(8, SEEN)], 8, None, id="put up after they left"),
        pytest.param(
            [At(0, SEEN), At(2, NONE), At(4, NONE), At(8, SEEN)], 8, None, id="put up a second time"
        ),
    ],
)
def test_since_when_a_placard_is_up(steps: list[At], since: float | None, end: float | None) -> None:
    watch = PlacardWatch()
    for step in steps:
        if step.reading is None:
            watch = watch.staffed(step.t)
        else:
            watch = watch.read(step.t, PLAIN, step.reading, step.people)
    shown = watch.shown
    assert (None if shown is None else (shown.since, shown.end)) == (None if since is None else (since, end))
    assert (watch.up is not None) is (since is not None and end is None)


@pytest.mark.parametrize(
    ("readings", "after", "sample", "expected"),
    [
        pytest.param([], 0.0, PLAIN, True, id="never read"),
        pytest.param([NONE], READ_EVERY_S - 0.1, OTHER, False, id="changed, but just read"),
        pytest.param([NONE], READ_EVERY_S, OTHER, True, id="changed"),
        pytest.param([NONE, NONE], 2 * READ_EVERY_S - 0.1, OTHER, False, id="said the same twice"),
        pytest.param([NONE, NONE], 2 * READ_EVERY_S, OTHER, True, id="said the same twice, waited twice"),
        pytest.param([SEEN] * 20, READ_SELDOM_S - 0.1, OTHER, False, id="always said the same"),
        pytest.param([SEEN] * 20, READ_SELDOM_S, OTHER, True, id="always said the same, waited long"),
        pytest.param([NONE] * 20 + [SEEN], READ_EVERY_S, OTHER, True, id="then said something else"),
        pytest.param([SEEN, SEEN, SEEN, NONE], READ_EVERY_S, OTHER, True, id="its end, after long rest"),
        pytest.param([NONE], RENEW_S - 1, PLAIN, False, id="not changed"),
        pytest.param([NONE], RENEW_S - 1, PLAIN + 10, False, id="noise"),
        pytest.param([SEEN], RENEW_S, PLAIN, True, id="not changed, but read long ago"),
        pytest.param([SEEN, NONE], READ_EVERY_S, PLAIN, True, id="its end must be confirmed"),
        pytest.param(
            [NONE], READ_EVERY_S, np.zeros((3, 2), np.float32), True, id="the picture's size changed"
        ),
    ],
)
def test_when_the_place_is_read(
    readings: list[Reading], after: float, sample: np.ndarray, expected: bool
) -> None:
    watch, t = PlacardWatch(), 0.0
    for reading in readings:
        t += 10
        watch = watch.read(t, PLAIN, reading, NOBODY)
    assert watch.due(t + after, sample) is expected


def test_a_sample_is_the_mean_brightness_of_cells() -> None:
    image = np.zeros((120, 240, 3), np.uint8)
    image[:, 120:] = 200
    sample = sample_of(image, (0, 0, 240, 120))
    assert sample.shape == (12, 24)
    assert (sample[:, :12].max(), sample[:, 12:].min()) == (0, 200)
    assert sample_of(image, (0, 0, 5, 3)).shape == (3, 5)
    assert sample_of(image, (118, 0, 122, 1)).tolist() == [[0, 0, 200, 200]]


@pytest.mark.parametrize(
    ("people", "expected"),
    [
        pytest.param(NOBODY, False, id="nobody"),
        pytest.param(BEFORE_IT, True, id="one before it"),
        pytest.param(ASIDE, False, id="one beside it"),
        pytest.param(np.array([[190, 90, 300, 200]], np.float32), False, id="a shoulder over its edge"),
    ],
)
def test_what_hides_a_placard(people: Boxes, expected: bool) -> None:
    assert hidden(PLACE, people) is expected


def post(**more: object) -> Post:
    zone = [[0.1, 0.2], [0.4, 0.2], [0.4, 0.6], [0.1, 0.6]]
    return Post.model_validate({"id": "w01", "camera": "east", "staff_zone": zone, **more})


@pytest.mark.parametrize(
    ("drawn", "expected"),
    [
        pytest.param(None, (100, 500, 400, 700), id="none: about the counter's edge"),
        pytest.param([[0.5, 0.5], [0.7, 0.55], [0.6, 0.8]], (500, 500, 700, 800), id="drawn: its rectangle"),
        pytest.param([[0.9, 0.9], [1, 0.9], [1, 1]], (900, 900, 1000, 1000), id="in the picture's corner"),
    ],
)
def test_where_a_placard_is_read(
    drawn: list[list[float]] | None, expected: tuple[int, int, int, int]
) -> None:
    assert post(placard_zone=drawn).placard_region(1000, 1000) == expected


def test_the_place_at_the_lower_edge_of_the_picture_is_never_empty() -> None:
    low = post(staff_zone=[[0.1, 0.5], [0.4, 0.5], [0.4, 1.0], [0.1, 1.0]])
    x1, y1, x2, y2 = low.placard_region(1280, 720)
    assert 0 <= x1 < x2 <= 1280
    assert 0 <= y1 < y2 <= 720
