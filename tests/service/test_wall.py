"""What a tile of the wall says: one situation of a post a line."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from samples_service import NINE, POSTS, SHANGHAI, an_event

from pipelines.rules.events import HealthEntry
from pipelines.rules.schedule import Schedule, Shift
from service.store import LastLook
from service.wall import OLD_S, Circumstances, Shown, Tile, tiles

MORNING = Schedule((Shift.model_validate({"from": "08:00", "to": "12:00"}),), SHANGHAI)
ALWAYS = Schedule((), SHANGHAI)


def look(
    post: str = "w01",
    *,
    t: datetime = NINE,
    sees: bool | None = True,
    belief: float | None = 0.9,
    cover: str | None = None,
    blind: str | None = None,
) -> Shown:
    told = LastLook(post=post, t=t, presence=sees, beliefs={"presence": belief}, cover=cover)
    return Shown(told, blind, f"/picture/{post}")


def around(
    now: datetime = NINE, calendar: Schedule = MORNING, wrong: str | None = None, recorded: str = ""
) -> Circumstances:
    entries = (
        () if wrong is None else (HealthEntry(camera="east", state=wrong, start=NINE, end=None, detail=""),)  # type: ignore[arg-type]
    )
    return Circumstances(now, calendar, frozenset({recorded}), entries)


def tile(shown: Shown | None, at: Circumstances) -> Tile:
    return tiles(POSTS, {} if shown is None else {"w01": shown}, [], at)[0]


LATER = NINE + timedelta(seconds=OLD_S + 1)
NOON = NINE.replace(hour=13)


@pytest.mark.parametrize(
    ("shown", "at", "state", "why"),
    [
        pytest.param(look(), around(), "present", None, id="somebody is there"),
        pytest.param(look(cover="break"), around(), "present", None, id="somebody is there in a break"),
        pytest.param(look(t=NOON), around(NOON), "present", None, id="somebody is there out of shift"),
        pytest.param(look(sees=False), around(), "present", None, id="one look misses somebody"),
        pytest.param(look(sees=False, belief=0.1), around(), "absent", None, id="nobody is there"),
        pytest.param(look(belief=0.1, cover="leave"), around(), "covered", None, id="nobody, on leave"),
        pytest.param(look(belief=0.1, t=NOON), around(NOON), "off", None, id="nobody, out of shift"),
        pytest.param(look(belief=None), around(), "absent", None, id="nothing is believed yet"),
        pytest.param(None, around(), "unknown", "never", id="never looked at"),
        pytest.param(None, around(wrong="unauthorised"), "unknown", "unauthorised", id="never reached"),
        pytest.param(look(sees=None, blind="picture_dark"), around(), "unknown", "dark", id="dark"),
        pytest.param(
            look(sees=None, blind="picture_moved"), around(wrong="moved"), "unknown", "moved", id="moved"
        ),
        pytest.param(
            look(sees=None, blind="detector_without_person"),
            around(),
            "unknown",
            "model",
            id="no people known",
        ),
        pytest.param(
            look(sees=None), around(wrong="frozen"), "unknown", "frozen", id="of another process, frozen"
        ),
        pytest.param(look(), around(LATER), "unknown", "old", id="the last look is old"),
        pytest.param(look(), around(LATER, wrong="gap"), "unknown", "gap", id="the stream is gone"),
        pytest.param(
            look(), around(LATER, wrong="unrecorded"), "unknown", "old", id="old, and the recording is gone"
        ),
        pytest.param(look(), around(wrong="unrecorded"), "present", None, id="only the recording is gone"),
        pytest.param(look(), around(LATER, recorded="east"), "present", None, id="a video of another day"),
    ],
)
def test_what_a_post_is_shown_as(shown: Shown | None, at: Circumstances, state: str, why: str | None) -> None:
    found = tile(shown, at)
    assert (found.state, found.why) == (state, why)
    assert found.recorded == ("east" in at.recorded)


def test_the_age_of_a_look_is_reckoned_by_the_clock_and_of_a_video_by_its_newest_look() -> None:
    looks = {"w01": look(), "w02": look("w02", t=NINE + timedelta(seconds=4))}
    live = tiles(POSTS, looks, [], around(NINE + timedelta(seconds=5)))
    assert [one.age_s for one in live] == [5.0, 1.0]
    video = tiles(POSTS, looks, [], around(NINE + timedelta(days=300), recorded="east"))
    assert [one.age_s for one in video] == [4.0, 0.0]


def test_a_camera_whose_clock_is_ahead_gives_no_look_of_the_future() -> None:
    assert tile(look(t=NINE + timedelta(seconds=2)), around()).age_s == 0.0


def test_what_is_asked_stands_at_its_post_the_oldest_first() -> None:
    asked = [
        an_event(1, NINE, post="w02", rule="absent"),
        an_event(2, NINE - timedelta(minutes=1), post="w02", rule="smoking"),
    ]
    first, second = tiles(POSTS, {"w01": look()}, asked, around())
    assert first.asked == ()
    assert [one.rule for one in second.asked] == ["smoking", "absent"]


def test_a_post_that_the_site_names_no_more_is_not_shown() -> None:
    gone = POSTS[0].model_copy(update={"active": False})
    assert [one.post for one in tiles([gone, POSTS[1]], {"w01": look()}, [], around())] == ["w02"]
