"""Live streams of which only keyframes are decoded while nothing goes on, and what is had after all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from av.packet import Packet

from pipelines.looking.looks import INTERVAL_S
from pipelines.streams.decoding import never
from pipelines.streams.picture import Keyframe
from pipelines.streams.resting import KEPT_S, LONGEST_S, Coding, Groups
from pipelines.streams.source import Picture, Source, Step
from tests.conftest import moving, read_frames, write_video

FPS, GOP = 10, 20
SECONDS = 12


def film(folder: Path, *, gop: int = GOP, **options: str) -> Path:
    given = {"tune": "zerolatency", **options}
    return write_video(folder / "film.ts", moving(SECONDS * FPS), fps=FPS, gop=gop, options=given)


def read(
    path: Path, resting: Callable[[], bool] | None, overloaded: Callable[[], bool] = never
) -> tuple[Source, list[Step]]:
    """A file's steps as those of a live stream."""
    source = Source("east", str(path))
    if resting is not None:
        source.rest_while(resting, overloaded)
    return source, list(source)


def pictures(steps: list[Step]) -> list[Picture]:
    return [picture for step in steps for picture in step.pictures]


def since_start(found: list[Picture], first: float) -> list[float]:
    return [round(picture.t - first, 2) for picture in found]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return film(tmp_path_factory.mktemp("film"))


@pytest.fixture(scope="module")
def everything(path: Path) -> list[Picture]:
    return pictures(read(path, None)[1])


def test_while_nothing_goes_on_keyframes_are_decoded_and_every_packet_is_recorded(
    path: Path, everything: list[Picture]
) -> None:
    source, steps = read(path, lambda: True)
    packets = [step.packet for step in steps if step.packet is not None]
    found = since_start(pictures(steps), packets[0].t)
    # All until it is known how far apart keyframes are; what is held back comes at the stream's end.
    assert found[:20] == [round(i / FPS, 2) for i in range(20)]
    assert found[20:25] == [2.0, 4.0, 6.0, 8.0, 10.0]
    assert found[25:] == [round(10 + i / FPS, 2) for i in range(1, 20)]
    assert len(everything) == len(packets) == SECONDS * FPS
    assert sum(step.rested for step in steps) == 5 * 19
    assert source.last_t == packets[-1].t


def test_once_something_goes_on_decoding_continues_with_what_was_held_back(
    path: Path, everything: list[Picture]
) -> None:
    asked: list[int] = []

    def until_the_fifth_second() -> bool:
        asked.append(1)
        return len(asked) < 50

    found = pictures(read(path, until_the_fifth_second)[1])
    began = found[0].t
    late = [picture for picture in found if picture.t - began > 3.95]
    assert since_start(late, began) == [round(4.0 + i / FPS, 2) for i in range(80)]
    for picture, same in zip(late, everything[-80:], strict=True):
        assert np.array_equal(picture.frame().image, same.frame().image)


def test_under_overload_keyframes_wait_undecoded_and_what_was_left_out_is_not_caught_up_with(
    path: Path, everything: list[Picture]
) -> None:
    asked: list[int] = []

    def up_to_the_fourth_keyframe() -> bool:
        asked.append(1)
        return len(asked) <= 4

    source, steps = read(path, never, up_to_the_fourth_keyframe)
    found = pictures(steps)
    assert len(asked) == SECONDS * FPS / GOP, "at keyframes alone"
    # All until it is known how far apart keyframes are, then three keyframes, then all again.
    assert since_start(found, found[0].t) == [
        *(round(i / FPS, 2) for i in range(20)),
        *(2.0, 4.0, 6.0),
        *(round(8 + i / FPS, 2) for i in range(40)),
    ]
    assert sum(step.packet is not None for step in steps) == SECONDS * FPS, "all are recorded"
    assert [picture.decoded for picture in found] == 20 * [True] + 3 * [False] + 40 * [True]
    source.close()
    wanted = {round(picture.t - everything[0].t, 2): picture for picture in everything}
    for picture in found:
        frame, same = picture.frame(), wanted[round(picture.t - found[0].t, 2)].frame()
        assert picture.size == (frame.width, frame.height)
        assert frame.whole
        assert np.array_equal(frame.image, same.image)
    assert source.ahead_s == INTERVAL_S


def test_a_keyframe_that_cannot_be_decoded_when_it_is_looked_at_is_not_whole(path: Path) -> None:
    source, steps = read(path, never, lambda: True)
    picture = next(picture for picture in pictures(steps) if not picture.decoded)
    assert isinstance(picture.coded, Keyframe)
    noise = Packet(np.random.default_rng(3).bytes(2000))
    frame = replace(picture, coded=replace(picture.coded, packet=noise)).frame()
    assert (frame.whole, frame.image.shape, frame.image.max()) == (False, (*picture.size[::-1], 3), 0)
    source.close()


def test_what_was_passed_over_can_be_had_after_all(path: Path, everything: list[Picture]) -> None:
    source, steps = read(path, lambda: True)
    began = pictures(steps)[0].t
    found = source.recall(began + 4.0, began + 6.0)
    assert since_start(found, began) == [4.4, 4.8, 5.2, 5.6]
    wanted = {round(picture.t - everything[0].t, 2): picture for picture in everything}
    for picture in found:
        same = wanted[round(picture.t - began, 2)]
        assert np.array_equal(picture.frame().image, same.frame().image)
    source.close()
    assert len(source.recall(began + 4.0, began + 6.0)) == 4


def test_what_was_decoded_at_once_is_not_recalled(path: Path) -> None:
    source, steps = read(path, lambda: False)
    began = pictures(steps)[0].t
    assert source.recall(began, began + SECONDS) == []


def test_groups_are_kept_for_a_while_only(path: Path) -> None:
    source, steps = read(path, lambda: True)
    last = pictures(steps)[-1].t
    found = source.recall(0.0, last)
    assert found
    assert last - KEPT_S - LONGEST_S < found[0].t < last - KEPT_S + LONGEST_S


@pytest.mark.parametrize(
    ("gop", "options"),
    [
        pytest.param(30, {}, id="keyframes too far apart"),
        pytest.param(20, {"tune": "film", "bf": "2"}, id="pictures come out of order"),
    ],
)
def test_streams_that_cannot_rest_are_decoded_whole(
    tmp_path: Path, gop: int, options: dict[str, str]
) -> None:
    path = film(tmp_path, gop=gop, **options)
    whole, found = (pictures(read(path, resting)[1]) for resting in (None, lambda: True))
    assert since_start(found, found[0].t) == since_start(whole, whole[0].t)


def test_files_are_decoded_whole(path: Path, everything: list[Picture]) -> None:
    with Source("east", str(path), start=0.0) as source:
        source.rest_while(lambda: True)
        assert len(pictures(list(source))) == len(everything)


def test_a_damaged_packet_ends_the_rest_of_its_group(path: Path) -> None:
    source = Source("east", str(path))
    packets = list(source._container.demux(source.stream))
    groups = Groups()
    for i, packet in enumerate(packets[:45]):
        groups.take(packet, i / FPS, rest=True)
    assert groups.take(packets[45], None, rest=True) == packets[41:46]
    assert groups.take(packets[46], 4.6, rest=True) == [packets[46]]
    assert groups.recall(Coding.of(source.stream), 4.0, 5.0) == []
    assert [round(t, 2) for t, _ in groups.recall(Coding.of(source.stream), 2.0, 5.0)] == [2.4, 2.8, 3.2, 3.6]
    source.close()


def test_the_next_picture_is_as_far_ahead_as_the_longest_of_the_last_gaps(path: Path) -> None:
    source = Source("east", str(path))
    keys = [packet for packet in source._container.demux(source.stream) if packet.is_keyframe]
    groups, told = Groups(), list[float | None]()
    for packet, t in zip(keys, (0.0, 2.0, 2.9, 3.2, 4.9, 8.0), strict=True):
        groups.take(packet, t, rest=True)
        told.append(groups.apart)
    assert [t and round(t, 6) for t in told] == [None, 2.0, 2.0, 2.0, 2.0, None]
    source.close()


B_PICTURES = {"tune": "grain", "bf": "3", "b_strategy": "0", "x264-params": "b-pyramid=none"}
"""Three pictures on which no other builds, and then one on which they do."""


@pytest.mark.parametrize(("fps", "apart"), [(10, 0.4), (25, 0.16)])
def test_pictures_on_which_no_other_builds_are_left_out_while_there_are_enough_others(
    tmp_path: Path, fps: int, apart: float
) -> None:
    film = write_video(tmp_path / "b.ts", moving(8 * fps), fps=fps, gop=4 * fps, options=B_PICTURES)
    _, steps = read(film, None)
    found = pictures(steps)
    gaps = [round(later.t - earlier.t, 3) for earlier, later in pairwise(found)]
    assert sum(step.packet is not None for step in steps) == 8 * fps, "all are recorded"
    assert gaps.count(apart) > 0.8 * len(gaps), "but where a keyframe comes early"
    assert max(gaps) <= INTERVAL_S
    whole = {round(i / fps, 3): image for i, image in enumerate(read_frames(film))}
    for picture in found:
        assert np.array_equal(picture.frame().image, whole[round(picture.t - found[0].t, 3)])


def test_all_pictures_are_decoded_where_the_others_are_too_few_to_look_at(tmp_path: Path) -> None:
    film = write_video(tmp_path / "slow.ts", moving(60), fps=5, gop=20, options=B_PICTURES)
    found = pictures(read(film, None)[1])
    times = since_start(found, found[0].t)
    gaps = [round(later - earlier, 2) for earlier, later in pairwise(times)]
    assert gaps[0] == 0.8, "so it is known"
    assert set(gaps[1:]) == {0.2}
    assert times[-1] == pytest.approx(59 / 5)
