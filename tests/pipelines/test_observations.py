from __future__ import annotations

import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from pipelines.observations import SHOWN_SCORE, Look, SeenBox, seen_boxes
from vision.cue import Cue, Reason
from vision.detections import Detections

Thing = tuple[str, float, tuple[float, float, float, float]]
ANNE: Thing = ("person", 0.9, (100, 100, 200, 300))
VISITOR: Thing = ("person", 0.8, (90, 310, 230, 480))
PHONE: Thing = ("cell phone", 0.75, (140, 230, 155, 250))
FAINT: Thing = ("cell phone", 0.125, (140, 230, 155, 250))
NOBODY = Detections.none()


def found(*things: Thing) -> Detections:
    rows = np.array([box for *_, box in things], np.float32).reshape(-1, 4)
    scores = np.array([score for _, score, _ in things], np.float32)
    return Detections(rows, scores, tuple(label for label, *_ in things))


def cue(behaviour: str, score: float | None, evidence: Detections) -> Cue:
    return Cue(behaviour, score, Reason("phone_in_hand"), evidence)


@pytest.mark.parametrize(
    ("objects", "cues", "roles"),
    [
        pytest.param(found(PHONE), [], ["staff", "visitor", "object"], id="everything with its role"),
        pytest.param(
            found(PHONE),
            [cue("phone", 0.75, found(PHONE))],
            ["staff", "visitor", "evidence"],
            id="what a cue rests on is evidence",
        ),
        pytest.param(
            found(FAINT),
            [cue("phone", 0.125, found(FAINT))],
            ["staff", "visitor", "evidence"],
            id="evidence is shown however faint",
        ),
        pytest.param(found(FAINT), [], ["staff", "visitor"], id="a faint thing is not worth drawing"),
        pytest.param(
            found(("cell phone", SHOWN_SCORE, PHONE[2])),
            [],
            ["staff", "visitor", "object"],
            id="just worth drawing",
        ),
        pytest.param(
            found(PHONE),
            [cue("phone", 0.0, found(PHONE))],
            ["staff", "visitor", "object"],
            id="what a cue of nothing shows is no evidence",
        ),
        pytest.param(
            found(PHONE),
            [cue("phone", None, found(PHONE))],
            ["staff", "visitor", "object"],
            id="an unknown cue has no evidence",
        ),
        pytest.param(
            found(PHONE),
            [cue("presence", 0.9, found(ANNE)), cue("uniform", 0.9, found(ANNE))],
            ["staff", "visitor", "object"],
            id="one who is there, and dressed, stays staff",
        ),
        pytest.param(
            found(PHONE, ("cell phone", 0.5, PHONE[2])),
            [cue("phone", 0.75, found(PHONE))],
            ["staff", "visitor", "evidence", "object"],
            id="two things in one place: only the one that counted",
        ),
    ],
)
def test_the_boxes_of_a_look(objects: Detections, cues: list[Cue], roles: list[str]) -> None:
    rows = seen_boxes(found(ANNE), found(VISITOR), objects, {one.behaviour: one for one in cues})
    assert [row.role for row in rows] == roles


@pytest.mark.parametrize(
    ("cues", "tells"),
    [
        pytest.param({"phone": found(PHONE)}, {"phone"}, id="one behaviour"),
        pytest.param(
            {"phone": found(PHONE), "eating": found(PHONE)}, {"phone", "eating"}, id="two behaviours"
        ),
        pytest.param({"presence": found(ANNE), "phone": NOBODY}, set(), id="none"),
    ],
)
def test_a_box_knows_which_behaviours_rest_on_it(cues: dict[str, Detections], tells: set[str]) -> None:
    told = {name: cue(name, 0.7, evidence) for name, evidence in cues.items()}
    staff, phone = seen_boxes(found(ANNE), NOBODY, found(PHONE), told)
    assert (staff.tells, staff.plain_role, phone.tells, phone.plain_role) == (set(), "staff", tells, "object")


def test_an_empty_look_has_no_boxes() -> None:
    assert seen_boxes(NOBODY, NOBODY, NOBODY, {}) == ()


def test_a_box_is_written_in_tenths_of_pixels() -> None:
    (row,) = seen_boxes(found(("person", 0.98765, (1.26, 2.0, 3.04, 4.0))), NOBODY, NOBODY, {})
    assert row.line() == {"box": [1.3, 2.0, 3.0, 4.0], "label": "person", "role": "staff", "score": 0.988}


LOOK = Look(
    t=datetime(2026, 1, 5, 1, 0, 0, 400_000, UTC).timestamp(),
    camera="east",
    post="w01",
    presence=True,
    cues={"phone": 0.123456, "uniform": None},
    beliefs={"phone": 0.0624999},
    why={"phone": Reason("no_phone")},
    boxes=(SeenBox((1.0, 2.0, 3.0, 4.0), "person", "staff", 0.9),),
)


def test_a_look_is_one_line_of_the_contract() -> None:
    line = LOOK.line(ZoneInfo("Asia/Shanghai"))
    assert line == {
        "t": "2026-01-05T09:00:00.400+08:00",
        "camera": "east",
        "post": "w01",
        "presence": True,
        "cues": {"phone": 0.1235, "uniform": None},
        "beliefs": {"phone": 0.0625},
        "boxes": [{"box": [1.0, 2.0, 3.0, 4.0], "label": "person", "role": "staff", "score": 0.9}],
    }
    assert list(line) == ["t", "camera", "post", "presence", "cues", "beliefs", "boxes"]
    assert json.loads(json.dumps(line)) == line
