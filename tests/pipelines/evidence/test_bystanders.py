"""What of a clip is shown to whoever need not see bystanders: the post's staff, and nobody else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples_blurred import (
    BOTH,
    HIGH,
    STAFF,
    STRANGER,
    VISITOR,
    WIDE,
    ZONE,
    Box,
    a_look,
    make_scene,
    pattern_left,
    person,
    told,
)

from pipelines.evidence.blurring import blur_clip, blurred_picture
from pipelines.evidence.bystanders import MOST_APART_S, Fractions, Mask, Scene, TimelineDamagedError, coarse
from tests.conftest import read_frames

ID = "0123456789abcdef"
BESIDE = (150, 100, 215, 300)
"""Somebody at the left edge of the staff zone."""


def scene(*looks: Any, visitor_zone: Fractions | None = None, **changes: Any) -> Scene:
    said = told(ID, list(looks) or None, **changes)
    return Scene.read(json.dumps(said).encode(), ID, visitor_zone)


def part(mask: Mask, box: Box) -> float:
    """The share of a box that is shown."""
    x1, y1, x2, y2 = box
    return float((mask[y1:y2, x1:x2] > 0).mean())


def test_only_the_staff_zone_without_its_visitors_is_shown() -> None:
    mask = scene().shown(1.4, WIDE, HIGH)
    assert part(mask, STAFF) == 1.0
    assert part(mask, VISITOR) == 0.0
    assert part(mask, STRANGER) == 0.0
    x1, y1, x2, y2 = ZONE[0][0], ZONE[0][1], ZONE[2][0], ZONE[2][1]
    outside = mask.copy()
    outside[y1 : y2 + 1, x1 : x2 + 1] = 0
    assert not outside.any()


def test_staff_are_shown_where_they_reach_beyond_their_zone() -> None:
    tall = (240, 5, 320, 200)
    mask = scene(a_look(0, person(tall, "staff")), a_look(1, person(tall, "staff"))).shown(0.5, WIDE, HIGH)
    assert part(mask, tall) == 1.0


@pytest.mark.parametrize(
    "box",
    [
        pytest.param(person(VISITOR, "visitor"), id="a visitor"),
        pytest.param(person(VISITOR, "passer-by"), id="somebody of a role not known here"),
        pytest.param(person(VISITOR, "evidence", who="visitor"), id="a visitor as evidence"),
        pytest.param(person(VISITOR, "evidence"), id="evidence of which nobody says whose it is"),
    ],
)
def test_everybody_who_is_not_staff_is_hidden(box: Any) -> None:
    mask = scene(a_look(0, box), a_look(1, box)).shown(0.5, WIDE, HIGH)
    assert part(mask, VISITOR) == 0.0
    assert part(mask, STAFF) == 1.0


def test_staff_as_evidence_are_staff() -> None:
    looks = [a_look(t, person(STAFF, "evidence", who="staff")) for t in (0, 1)]
    assert part(scene(*looks).shown(0.5, WIDE, HIGH), STAFF) == 1.0


def test_who_walks_is_hidden_all_the_way() -> None:
    there = (260, 100, 320, 300)
    looks = [a_look(0, person(BESIDE, "visitor")), a_look(1, person(there, "visitor"))]
    for t in (0.0, 0.3, 0.6, 1.0):
        mask = scene(*looks).shown(t, WIDE, HIGH)
        x1, x2 = (int(a + (b - a) * t) for a, b in zip(BESIDE[::2], there[::2], strict=True))
        assert part(mask, (x1, 100, x2, 300)) == 0.0, t


@pytest.mark.parametrize("order", [1, -1], ids=["comes", "goes"])
def test_who_comes_or_goes_is_hidden_to_the_nearer_side(order: int) -> None:
    boxes = [(), (person(BESIDE, "visitor"),)][::order]
    looks = [a_look(t, *some) for t, some in enumerate(boxes)]
    assert part(scene(*looks).shown(0.5, WIDE, HIGH), (180, 100, 215, 250)) == 0.0
    assert part(scene(*looks).shown(0.5, WIDE, HIGH), (300, 40, 400, 240)) == 1.0


def test_who_is_missed_in_one_look_stays_hidden() -> None:
    inside = (400, 120, 440, 240)
    looks = [a_look(0, person(inside, "visitor")), a_look(0.5), a_look(1, person(inside, "visitor"))]
    for t in (0.2, 0.5, 0.8):
        mask = scene(*looks).shown(t, WIDE, HIGH)
        assert part(mask, inside) == 0.0
        assert part(mask, (200, 40, 380, 240)) == 1.0, "no more than must be"


def test_the_visitor_zone_is_always_hidden() -> None:
    zone = ((0.5, 0.4), (1.0, 0.4), (1.0, 1.0), (0.5, 1.0))
    mask = scene(a_look(0), a_look(1), visitor_zone=zone).shown(0.5, WIDE, HIGH)
    assert part(mask, (330, 150, 460, 250)) == 0.0
    assert part(mask, (190, 40, 310, 240)) == 1.0


@pytest.mark.parametrize(
    ("looks", "t"),
    [
        pytest.param([a_look(0, *BOTH), a_look(MOST_APART_S + 0.1, *BOTH)], 1.0, id="looks too far apart"),
        pytest.param([a_look(0, *BOTH), a_look(1, *BOTH)], 1 + MOST_APART_S + 0.1, id="long after the last"),
        pytest.param([a_look(MOST_APART_S + 1, *BOTH)], 0.5, id="long before the first"),
        pytest.param([a_look(0, *BOTH), a_look(1, presence=None)], 0.5, id="a look that could not tell"),
    ],
)
def test_where_looks_do_not_tell_nothing_is_shown(looks: list[Any], t: float) -> None:
    assert not scene(*looks).shown(t, WIDE, HIGH).any()


def test_an_empty_post_is_shown_empty() -> None:
    mask = scene(a_look(0, presence=False), a_look(1, presence=False)).shown(0.5, WIDE, HIGH)
    assert part(mask, (185, 35, 455, 245)) == 1.0


def test_boxes_are_those_of_the_renditions_size() -> None:
    large, small = scene().shown(1.0, WIDE, HIGH), scene().shown(1.0, WIDE // 2, HIGH // 2)
    assert part(small, tuple(side // 2 for side in VISITOR)) == 0.0  # type: ignore[arg-type]
    assert abs(float((large > 0).mean()) - float((small > 0).mean())) < 0.01


@given(
    st.lists(
        st.tuples(st.floats(0, 8), st.lists(st.tuples(st.integers(0, 600), st.integers(0, 300)), max_size=3)),
        min_size=1,
        max_size=8,
    ),
    st.floats(0, 9),
)
def test_nobody_seen_within_a_second_is_ever_shown(seen: list[Any], t: float) -> None:
    looks = [
        a_look(when, *(person((x, y, x + 40, y + 60), "visitor") for x, y in places))
        for when, places in sorted(seen)
    ]
    mask = scene(*looks).shown(t, WIDE, HIGH)
    for look in looks:
        for box in look["boxes"] if abs(look["t"] - t) <= 1.0 else ():
            assert part(mask, tuple(box["box"])) == 0.0


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("", id="empty"),
        pytest.param("{}", id="nothing in it"),
        pytest.param('{"looks": [', id="cut off"),
        pytest.param("\x00\xff", id="no text"),
        pytest.param("[" * 100_000, id="too deep"),
        pytest.param(json.dumps(told("f" * 16)), id="another event's"),
        pytest.param(json.dumps(told(ID, [])), id="without looks"),
        pytest.param(json.dumps(told(ID, zone=[])), id="without a zone"),
        pytest.param(json.dumps(told(ID, width=0)), id="without a size"),
        pytest.param(json.dumps(told(ID, [a_look(2, *BOTH), a_look(1, *BOTH)])), id="looks out of order"),
        pytest.param(json.dumps(told(ID, [a_look(0, person((1, 2), "visitor"))])), id="half a box"),
        pytest.param(json.dumps(told(ID, zone=[[0, 0], [1, float("nan")], [1, 1]])), id="no number"),
    ],
)
def test_a_damaged_timeline_is_refused(content: str) -> None:
    with pytest.raises(TimelineDamagedError, match=ID):
        Scene.read(content.encode("latin-1"), ID, None)


def test_what_is_coarse_has_few_spots_and_few_shades() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (720, 1280, 3), dtype=np.uint8)
    faces = noise.copy()
    faces[300:340, 600:640] //= 8
    for image in (noise, faces):
        small = coarse(image)[20::40, 20::40]
        assert len(np.unique(small)) <= 16
    assert coarse(noise).std() < 12


@pytest.mark.parametrize("codec", ["libx264", "mpeg4"])
def test_in_a_blurred_clip_only_the_staff_can_be_made_out(tmp_path: Path, codec: str) -> None:
    clip = make_scene(tmp_path / f"{ID}.mp4", codec=codec)
    assert pattern_left(read_frames(clip)[5], VISITOR) > 0.9
    assert blur_clip(clip, scene(), tmp_path / "blurred.mp4") == 40
    frames, originals = read_frames(tmp_path / "blurred.mp4"), read_frames(clip)
    for blurred, original in zip(frames, originals, strict=True):
        assert pattern_left(blurred, STAFF) > 0.9
        for box in (VISITOR, STRANGER):
            assert pattern_left(blurred, box) < 0.1
            x1, y1, x2, y2 = box
            assert blurred[y1 + 10 : y2 - 10, x1 + 10 : x2 - 10].std() < 25 < original[y1:y2, x1:x2].std()
    mean = np.mean(frames, axis=0)
    assert pattern_left(mean, VISITOR) < 0.1, "nor out of all frames together"


def test_the_clock_of_a_blurred_clip_is_the_originals(tmp_path: Path) -> None:
    clip = make_scene(tmp_path / f"{ID}.mp4")
    blur_clip(clip, scene(), tmp_path / "blurred.mp4")
    times = []
    for path in (clip, tmp_path / "blurred.mp4"):
        with av.open(str(path)) as container:
            times.append([float(frame.time) for frame in container.decode(video=0)])
    assert times[0] == pytest.approx(times[1], abs=0.001)


def test_a_blurred_picture_is_that_of_the_look_that_says_most(tmp_path: Path) -> None:
    clip = make_scene(tmp_path / f"{ID}.mp4")
    looks = [a_look(t, *BOTH, score=score) for t, score in ((0, 0.1), (1, 0.9), (2, None), (3, 0.2))]
    made = scene(*looks)
    assert made.best_t == 1
    picture = cv2.imdecode(np.frombuffer(blurred_picture(clip, made), np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    assert pattern_left(picture, STAFF) > 0.9  # type: ignore[arg-type]
    assert pattern_left(picture, VISITOR) < 0.1  # type: ignore[arg-type]


def test_a_timeline_of_another_shape_of_picture_is_refused(tmp_path: Path) -> None:
    clip = make_scene(tmp_path / f"{ID}.mp4", seconds=1)
    with pytest.raises(TimelineDamagedError):
        blur_clip(clip, scene(width=640, height=480), tmp_path / "blurred.mp4")
