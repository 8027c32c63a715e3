"""A closer look at the staff member alone, where all was settled: when it is taken, when it is not enough."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from models.detector import Crop
from pipelines.looking.eyes import Seen
from pipelines.looking.near import around, is_alone, lone_body, near_region
from pipelines.looking.perceiving import perceive
from pipelines.regulation import load
from pipelines.rules.engine import RuleEngine
from pipelines.rules.machine import Change
from pipelines.rules.schedule import Schedule
from pipelines.watch import CameraWatch, Looked
from tests.pipelines.test_watch import FLAT, POST, START, frames
from tests.stub_eyes import StubEyes
from vision.cue import Cue
from vision.detections import Detections

STAFF, VISITOR = (30, 30, 50, 60), (40, 50, 60, 90)
REGION = (26, 27, 55, 64)
WHOLE = (0, 0, 96, 96)


def found(*boxes: tuple[float, float, float, float], score: float = 0.9) -> Detections:
    """People at these places."""
    some = np.array(boxes, np.float32).reshape(-1, 4)
    return Detections(some, np.full(len(some), score, np.float32), ("person",) * len(some))


def test_a_region_holds_the_body_and_the_reach_of_its_hands_inside_the_picture() -> None:
    assert around(np.array(STAFF, np.float32), 96, 96) == (26, 27, 55, 64)
    assert around(np.array((0, 0, 96, 96), np.float32), 96, 96) == WHOLE


@pytest.mark.parametrize(
    ("things", "expected"),
    [
        ([], REGION),
        ([(60, 50, 66, 54)], (26, 27, 67, 64)),
        ([(2, 50, 8, 54)], (1, 27, 55, 64)),
        ([(2, 50, 8, 54), (90, 50, 94, 54)], None),
    ],
    ids=["the body", "a phone beside", "a phone on the other side", "too far apart to enlarge"],
)
def test_phones_that_lie_about_stay_in_sight(
    things: list[tuple[int, int, int, int]], expected: tuple[int, int, int, int] | None
) -> None:
    boxes = np.array(things, np.float32).reshape(-1, 4)
    assert near_region(np.array(STAFF, np.float32), boxes, WHOLE, (96, 96)) == expected


@pytest.mark.parametrize(
    ("people", "staff", "alone"),
    [
        pytest.param(found(STAFF), found(STAFF), True, id="one"),
        pytest.param(found(), found(), False, id="nobody"),
        pytest.param(found(STAFF, score=0.2), found(STAFF, score=0.2), False, id="faint"),
        pytest.param(found(STAFF, VISITOR), found(STAFF), False, id="a visitor, cut off below"),
        pytest.param(found((30, 40, 50, 64)), found((30, 40, 50, 64)), False, id="may be a visitor"),
    ],
)
def test_a_near_look_is_enough_for_one_staff_member_alone(
    people: Detections, staff: Detections, alone: bool
) -> None:
    assert is_alone(REGION, people, staff, 0.3) is alone


def test_whom_somebody_stands_close_to_is_not_looked_at_alone() -> None:
    size = (96, 96)
    assert lone_body(found(STAFF), found(STAFF), 0.3, size) is not None
    assert lone_body(found(STAFF, (0, 60, 20, 96)), found(STAFF), 0.3, size) is not None
    assert lone_body(found(STAFF, VISITOR), found(STAFF), 0.3, size) is None
    assert lone_body(found(STAFF, STAFF), found(STAFF, STAFF), 0.3, size) is None
    assert lone_body(found(), found(), 0.3, size) is None


class Room(StubEyes):
    """One who sits at the post until a time, then whoever else is there; sees what a crop shows of them."""

    def __init__(self, until: int, then: Detections) -> None:
        super().__init__()
        self._until, self._then = until, then
        self.regions: list[tuple[int, int, int, int]] = []
        self.closer = 0

    def see(self, crops: list[Crop]) -> list[Seen]:
        self.regions += [crop.region for crop in crops]
        return [Seen(self._shown(crop), Detections.none()) for crop in crops]

    def see_closer(self, looks: Sequence[tuple[object, Detections, Sequence[object]]]) -> list[Detections]:
        self.closer += sum(len(bodies) for _, _, bodies in looks)
        return super().see_closer(looks)

    def _shown(self, crop: Crop) -> Detections:
        number = int(crop.image[0, 0, 0]) + 256 * int(crop.image[0, 1, 0])
        people, (x1, y1, x2, y2) = found(STAFF) if number < self._until else self._then, crop.region
        boxes = np.clip(people.boxes, (x1, y1, x1, y1), (x2, y2, x2, y2))
        inside = ((boxes[:, 2] > boxes[:, 0]) & (boxes[:, 3] > boxes[:, 1])).nonzero()[0]
        return found(*(tuple(map(float, boxes[i])) for i in inside))  # type: ignore[arg-type]

    def probability(self, cue: Cue) -> float | None:
        return None if cue.score is None else FLAT.probability(cue.score)


def watched(room: Room, pictures: int, staff: int = 1) -> list[Looked]:
    """All looks at a post whose lower part is the visitors'."""
    post = POST.model_copy(
        update={
            "staff": staff,
            "staff_zone": ((0, 0), (1, 0), (1, 0.7), (0, 0.7)),
            "visitor_zone": ((0, 0.7), (1, 0.7), (1, 1), (0, 1)),
        }
    )
    rules = tuple(rule.model_copy(update={"hold_s": 10.0}) for rule in load().rules.values())
    behaviours = ("presence", "phone", "smoking", "eating", "uniform")
    engine = RuleEngine(
        rules, load().beliefs, dict.fromkeys(behaviours, FLAT), Schedule((), ZoneInfo("Asia/Shanghai"))
    )
    watch = CameraWatch("east", [post], engine, room)
    done: list[Looked] = []
    for frame in frames(pictures):
        _, requests = watch.requests(frame)
        for perceived in perceive(room, requests):
            done += watch.judge(perceived)
    return done


def test_a_post_for_two_is_never_looked_at_near_for_the_other_may_come_back() -> None:
    room = Room(200, found())
    watched(room, 200, staff=2)
    assert set(room.regions) == {(0, 0, 96, 84)}, "the whole post"


def test_a_settled_post_is_looked_at_near_and_with_one_pass_of_the_detector() -> None:
    room = Room(200, found())
    done = watched(room, 200)
    assert room.regions.count(REGION) > 0.6 * len(done)
    assert room.closer == len(done) - room.regions.count(REGION)
    assert all(looked.look.presence for looked in done)


@pytest.mark.parametrize("then", [found(), found(VISITOR)], ids=["nobody", "a visitor at the counter"])
def test_who_leaves_is_missed_from_the_first_picture_without_them(then: Detections) -> None:
    done = watched(Room(101, then), 200)
    opened = [
        ruling.transition
        for looked in done
        for ruling in looked.rulings
        if ruling.rule.name == "absent" and ruling.transition.change is Change.OPENED
    ]
    assert [round(change.start - START, 1) for change in opened] == [40.4]
    assert not any(looked.look.presence for looked in done if looked.look.t >= START + 40.4)
