from __future__ import annotations

from datetime import UTC
from typing import get_args

import pytest

from pipelines.health import GAP_S, CameraHealth
from pipelines.rules.events import HealthEntry
from pipelines.streams.loss import Loss
from vision.picture import Picture

LIVE, STILL, FROZEN, DARK = Picture.LIVE, Picture.STILL, Picture.FROZEN, Picture.DARK
BLANK, CORRUPT = Picture.BLANK, Picture.CORRUPT
LOSSES = {
    "lost": Loss("gap", "the camera cannot be reached"),
    "refused": Loss("unauthorised", "the camera refuses the user name and password (unauthorised)"),
}
Told = list[tuple[str, float, float | None]]
Seen = tuple[float, Picture]


def told(entries: list[HealthEntry]) -> Told:
    return [(e.state, e.start.timestamp(), None if e.end is None else e.end.timestamp()) for e in entries]


def watch(pictures: list[Seen], still_since: float | None = None) -> tuple[CameraHealth, list[HealthEntry]]:
    health, entries = CameraHealth("east", UTC), []
    for t, picture in pictures:
        health, more = health.picture(t, picture, still_since if picture in (STILL, FROZEN) else None)
        entries.extend(more)
    return health, entries


def row(picture: Picture, start: float, end: float) -> list[Seen]:
    """A picture each second, both ends included."""
    return [(start + i, picture) for i in range(round(end - start) + 1)]


@pytest.mark.parametrize(
    ("pictures", "expected"),
    [
        pytest.param(row(LIVE, 0, 20), [], id="a live camera"),
        pytest.param(
            row(LIVE, 0, 5) + row(STILL, 6, 8) + row(LIVE, 9, 10), [], id="still for a moment is no trouble"
        ),
        pytest.param(row(LIVE, 0, 5) + row(DARK, 6, 9), [("dark", 6, None)], id="dark and still dark"),
        pytest.param(
            row(LIVE, 0, 5) + row(DARK, 6, 9) + row(LIVE, 10, 12),
            [("dark", 6, None), ("dark", 6, 10)],
            id="dark and light again",
        ),
        pytest.param(
            row(DARK, 0, 4) + row(BLANK, 5, 8),
            [("dark", 0, None), ("dark", 0, 5), ("blank", 5, None)],
            id="from dark to blank",
        ),
        pytest.param(
            row(LIVE, 0, 1) + row(STILL, 2, 4) + row(FROZEN, 5, 9) + row(LIVE, 10, 10),
            [("frozen", 2, None), ("frozen", 2, 10)],
            id="frozen since it stood still",
        ),
        pytest.param(
            row(LIVE, 0, 5) + row(CORRUPT, 6, 7) + row(LIVE, 8, 9),
            [("corrupt", 6, None), ("corrupt", 6, 8)],
            id="a damaged stretch",
        ),
        pytest.param(row(LIVE, 0, 5) + row(LIVE, 30, 35), [("gap", 5, 30)], id="a gap"),
        pytest.param([(0, LIVE), (GAP_S, LIVE)], [], id="pictures just close enough"),
        pytest.param(
            row(DARK, 0, 5) + row(DARK, 30, 31), [("dark", 0, None), ("gap", 5, 30)], id="a gap in the dark"
        ),
        pytest.param(
            row(DARK, 0, 5) + row(LIVE, 30, 31),
            [("dark", 0, None), ("gap", 5, 30), ("dark", 0, 30)],
            id="a gap after which it is light",
        ),
    ],
)
def test_what_is_told_of_a_camera(pictures: list[Seen], expected: Told) -> None:
    _, entries = watch(pictures, still_since=2)
    assert told(entries) == expected
    assert {entry.camera for entry in entries} <= {"east"}


@pytest.mark.parametrize(
    ("pictures", "missing_s", "expected"),
    [
        pytest.param(row(LIVE, 0, 5), 0, [], id="a file to its end"),
        pytest.param(row(DARK, 0, 5), 0, [("dark", 0, 5)], id="dark to the end"),
        pytest.param(row(LIVE, 0, 5), 30, [("gap", 5, 35)], id="a truncated file"),
        pytest.param(
            row(DARK, 0, 5), 30, [("dark", 0, 5), ("gap", 5, 35)], id="a truncated file of the dark"
        ),
    ],
)
def test_the_end_of_a_stream(pictures: list[Seen], missing_s: float, expected: Told) -> None:
    health, _ = watch(pictures)
    assert told(health.over(5, missing_s)) == expected


Happening = tuple[float, Picture | str]


@pytest.mark.parametrize(
    ("happenings", "expected"),
    [
        pytest.param([(5, "lost")], [("gap", 5, None)], id="never reached"),
        pytest.param([(5, "lost"), (6, "lost"), (8, "lost")], [("gap", 5, None)], id="tried again in vain"),
        pytest.param(
            [(5, "lost"), (9, LIVE), (10, LIVE)], [("gap", 5, None), ("gap", 5, 9)], id="reached at last"
        ),
        pytest.param(
            [*row(LIVE, 0, 4), (4.8, "lost"), *row(LIVE, 30, 31)],
            [("gap", 4.8, None), ("gap", 4.8, 30)],
            id="broken and back: one gap, not two",
        ),
        pytest.param(
            [*row(LIVE, 0, 4), (4.8, "lost"), (4.8, LIVE), (20, LIVE)],
            [("gap", 4.8, None), ("gap", 4.8, 20)],
            id="the last picture is looked at after the break",
        ),
        pytest.param(
            [(4, LIVE), (4, "lost"), (5, LIVE), (5, "lost"), (6, LIVE)],
            [("gap", 4, None), ("gap", 4, 5), ("gap", 5, None), ("gap", 5, 6)],
            id="a stream that breaks again and again",
        ),
        pytest.param(
            [*row(DARK, 0, 4), (4, "lost"), (30, LIVE)],
            [("dark", 0, None), ("gap", 4, None), ("gap", 4, 30), ("dark", 0, 30)],
            id="lost in the dark",
        ),
        pytest.param(
            [(4, LIVE), (4, "lost"), (60, "unwatched")], [("gap", 4, None), ("gap", 4, 60)], id="given up"
        ),
        pytest.param([(4, LIVE), (5, "unwatched")], [], id="stopped while all is well"),
        pytest.param(
            [(4, LIVE), (4, "lost"), (9, "refused"), (20, "refused"), (30, "lost"), (40, LIVE)],
            [
                ("gap", 4, None),
                ("gap", 4, 9),
                ("unauthorised", 9, None),
                ("unauthorised", 9, 30),
                ("gap", 30, None),
                ("gap", 30, 40),
            ],
            id="back with another password, then gone again",
        ),
    ],
)
def test_a_camera_that_cannot_be_reached(happenings: list[Happening], expected: Told) -> None:
    health, entries = CameraHealth("east", UTC), []
    for t, what in happenings:
        if what in LOSSES:
            health, more = health.lost(t, LOSSES[what])
        elif what == "unwatched":
            health, more = health.unwatched(t)
        else:
            health, more = health.picture(t, Picture(what), None)
        entries.extend(more)
    assert told(entries) == expected


def test_what_is_wrong_beside_the_pictures_lasts_until_it_is_over() -> None:
    health, entries = CameraHealth("east", UTC), []
    for t, detail in [(1, "ahead"), (2, "ahead"), (5, None), (6, None), (7, "behind")]:
        health, more = health.noted("clock", t, detail)
        entries.extend(more)
    health, more = health.picture(8, LIVE, None)
    assert more == []
    health, more = health.unwatched(9)
    assert told(entries + more) == [("clock", 1, None), ("clock", 1, 5), ("clock", 7, None), ("clock", 7, 9)]


def test_a_gap_says_how_long_it_is() -> None:
    _, (gap,) = watch([(0, LIVE), (12.5, LIVE)])
    assert gap.detail == "no picture for 12.5 s"
    health, _ = watch([(0, LIVE)])
    assert health.over(0, 3.25)[0].detail == "the video ends 3.2 s before the end that it promises"


def test_an_entry_that_ends_keeps_its_words() -> None:
    _, (begun, ended) = watch(row(FROZEN, 0, 3) + row(LIVE, 4, 4), still_since=0)
    assert begun.detail == ended.detail == "the picture does not change at all"


# A moved camera is told once that is sure, not from its first such picture on (`HealthBook.noted`).
@pytest.mark.parametrize(
    "picture", [pytest.param(p, id=p.value) for p in Picture if p not in (LIVE, STILL, Picture.MOVED)]
)
def test_every_bad_picture_is_a_state_of_health(picture: Picture) -> None:
    assert picture.value in get_args(HealthEntry.model_fields["state"].annotation)
    _, (entry,) = watch([(0, picture)])
    assert entry.state == picture.value
    assert entry.detail


def test_a_health_is_not_changed_by_the_pictures_that_follow() -> None:
    health, _ = watch(row(DARK, 0, 3))
    first = health.picture(4, LIVE, None)
    assert health.picture(4, LIVE, None) == first
    assert health.bad is not None
