"""What an event says and shows: its reason from the first look on, and only its own evidence as such."""

import gc
import json
import weakref
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import cv2
import numpy as np
import pytest

from pipelines.evidence.desk import LAG_S, EvidenceDesk, ring_seconds
from pipelines.evidence.recorder import Ring, Stream
from pipelines.hall.site import Evidence
from pipelines.observations import SHOWN_SCORE, Look, SeenBox
from pipelines.regulation import load
from pipelines.rules.engine import Ruling
from pipelines.rules.events import ModelRef, RuleEvent
from pipelines.rules.machine import Change, Transition
from pipelines.streams.source import Source
from tests.conftest import moving, read_frames, write_video
from vision.cue import Reason
from vision.frame import Frame, Image
from vision.posts import Post

POST = Post.model_validate({"id": "w01", "camera": "cam", "staff_zone": [[0.1, 0.1], [0.6, 0.1], [0.6, 0.8]]})
RULES = load().rules
NOTHING = {"presence": "present", "phone": "no_phone", "smoking": "no_cigarette", "eating": "no_food"}
WHERE = (10.0, 10.0, 20.0, 20.0)
SETTINGS = Evidence(pre_roll_s=1, post_roll_s=1)
FRAME = Frame("cam", 0, 1.0, np.zeros((96, 128, 3), np.uint8), True)


def look(t: float, *, boxes: tuple[SeenBox, ...] = (), **seen: tuple[float, Reason]) -> Look:
    """A look with nobody but an idle member of staff, except for the behaviours ``seen`` in it."""
    cues = {name: 1.0 if name == "presence" else 0.0 for name in NOTHING}
    cues |= {name: cue for name, (cue, _) in seen.items()}
    why = {name: Reason(code) for name, code in NOTHING.items()} | {
        n: reason for n, (_, reason) in seen.items()
    }
    return Look(t, "cam", "w01", cues["presence"] > 0.5, cues, cues, why, boxes)


class Desk:
    """An evidence desk with ten seconds of video in its ring."""

    def __init__(self, folder: Path, source: Source, *, recorded: float = 10.0, lags: bool = False) -> None:
        self.folder, self.ring = folder, Ring(ring_seconds(SETTINGS, tuple(RULES.values())))
        self.packets = [step.packet for step in source if step.packet is not None]
        self.record(recorded)
        ring = self.ring
        stream = self.stream = Stream(source.stream, source.time_base)
        zone, model = ZoneInfo("Asia/Shanghai"), ModelRef(name="m", sha256="0" * 64)
        self.desk = EvidenceDesk("cam", folder, ring, stream, SETTINGS, zone, model, (128, 96), lags=lags)

    def record(self, until: float) -> None:
        """The ring gets the packets up to a time."""
        while self.packets and self.packets[0].t <= until:
            self.ring.add(self.packets.pop(0))

    def take(
        self, rule: str, seen: Look, *changes: Change, start: float = 2.0, image: Image | None = None
    ) -> list[RuleEvent]:
        """A look at which a rule goes through some changes."""
        image = np.zeros((96, 128, 3), np.uint8) if image is None else image
        frame = Frame("cam", round(seen.t * 10), seen.t, image, True)
        rulings = [
            Ruling(
                RULES[rule],
                Transition(change, seen.t, start, seen.t if change is Change.CLOSED else None, 0.95),
            )
            for change in changes
        ]
        return self.desk.looked(POST, seen, rulings, frame)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    path = write_video(tmp_path / "a.mp4", moving(100), options={"bf": "0"})
    with Source("cam", str(path), start=0.0) as source:
        yield Desk(tmp_path / "out", source)


def test_looks_that_nobody_brings_to_safety_are_let_go(desk: Desk) -> None:
    looks, before = 400, looks_alive()
    for number in range(looks):
        desk.take("smoking", look(2.0 + 10 * number))
    assert 0 < looks_alive() - before <= desk.ring.seconds / 10 + 5 < looks / 2


def looks_alive() -> int:
    gc.collect()
    return sum(isinstance(one, Look) for one in gc.get_objects())


@pytest.mark.parametrize(
    ("rule", "seen", "why"),
    [
        pytest.param(
            "smoking",
            {"smoking": (0.9, Reason("cigarette_at_mouth", {"percent": 90}))},
            "a cigarette at the mouth (90 %)",
            id="smoking",
        ),
        pytest.param(
            "phone_use",
            {"phone": (0.8, Reason("phone_in_hand", {"percent": 80}))},
            "a phone in the hand (80 %)",
            id="a phone",
        ),
        pytest.param("absent", {"presence": (0.02, Reason("nobody_seen"))}, "nobody", id="nobody there"),
    ],
)
def test_an_event_that_opens_at_its_first_look_says_what_that_look_saw(
    desk: Desk, rule: str, seen: dict[str, tuple[float, Reason]], why: str
) -> None:
    (opened,) = desk.take(rule, look(2.0, **seen), Change.PENDING, Change.OPENED)
    assert (opened.rule, opened.state) == (rule, "open")
    assert why in opened.why


FAINT, PLAIN = SHOWN_SCORE / 2, 0.6
SMOKED, CALLED = frozenset({"smoking"}), frozenset({"phone"})


@pytest.mark.parametrize(
    ("box", "shown"),
    [
        pytest.param(
            SeenBox(WHERE, "cigarette", "evidence", FAINT, SMOKED), None, id="faint evidence of another"
        ),
        pytest.param(
            SeenBox(WHERE, "cigarette", "evidence", PLAIN, SMOKED), "object", id="evidence of another"
        ),
        pytest.param(
            SeenBox(WHERE, "person", "evidence", PLAIN, SMOKED, "staff"),
            "staff",
            id="who smokes is staff here",
        ),
        pytest.param(
            SeenBox(WHERE, "remote", "evidence", FAINT, SMOKED | CALLED), "evidence", id="evidence of both"
        ),
        pytest.param(
            SeenBox(WHERE, "cell phone", "evidence", FAINT, CALLED), "evidence", id="its own, faint"
        ),
        pytest.param(SeenBox(WHERE, "person", "visitor", PLAIN), "visitor", id="no evidence at all"),
    ],
)
def test_a_clip_shows_as_evidence_only_what_its_own_behaviour_rests_on(
    desk: Desk, box: SeenBox, shown: str | None
) -> None:
    phone = (0.9, Reason("phone_in_hand", {"percent": 90}))
    desk.take("phone_use", look(2.0, phone=phone, boxes=(box,)), Change.PENDING, Change.OPENED)
    desk.take("phone_use", look(4.0), Change.CLOSED)
    (event,) = desk.take("phone_use", look(5.2))
    assert event.timeline is not None
    timeline = json.loads((desk.folder / event.timeline).read_text(encoding="utf-8"))
    first = next(one for one in timeline["looks"] if one["score"] == 0.9)
    assert [(one["label"], one["role"]) for one in first["boxes"]] == ([(box.label, shown)] if shown else [])


@pytest.fixture
def two_streams(tmp_path: Path) -> Iterator[Desk]:
    """Looks are taken at another stream than the one in the ring, which is behind."""
    path = write_video(tmp_path / "a.mp4", moving(100), options={"bf": "0"})
    with Source("cam", str(path), start=0.0) as source:
        yield Desk(tmp_path / "out", source, recorded=3.0, lags=True)


PHONE = (0.9, Reason("phone_in_hand", {"percent": 90}))


def called(desk: Desk, *boxes: SeenBox, size: tuple[int, int] | None = None) -> None:
    """A phone call that was closed at 4 s; its clip wants video up to 5 s."""
    seen = replace(look(2.0, phone=PHONE, boxes=boxes), size=size)
    desk.take("phone_use", seen, Change.PENDING, Change.OPENED)
    desk.take("phone_use", look(4.0), Change.CLOSED)


def test_a_case_keeps_the_picture_of_its_strongest_look_and_no_pixels(desk: Desk) -> None:
    strong = np.full((96, 128, 3), 200, np.uint8)
    pixels = weakref.ref(strong)
    desk.take("phone_use", look(2.0, phone=PHONE), Change.PENDING, Change.OPENED, image=strong)
    del strong
    assert pixels() is None
    weaker = (0.7, PHONE[1])
    desk.take("phone_use", look(3.0, phone=weaker))
    desk.take("phone_use", look(4.0), Change.CLOSED)
    (event,) = desk.take("phone_use", look(5.2))
    assert event.snapshot is not None
    assert cv2.imread(str(desk.folder / event.snapshot)).mean() == pytest.approx(200, abs=2)


def test_a_clip_waits_for_a_main_stream_that_is_behind_its_sub_stream(two_streams: Desk) -> None:
    called(two_streams)
    assert two_streams.take("phone_use", look(5.2)) == []
    two_streams.record(4.8)
    assert two_streams.take("phone_use", look(5.6)) == []
    two_streams.record(6.0)
    (event,) = two_streams.take("phone_use", look(6.0))
    assert event.clip is not None
    assert len(read_frames(two_streams.folder / event.clip)) == 51 - 10


def test_a_clip_waits_for_its_main_stream_no_longer_than_a_while(two_streams: Desk) -> None:
    called(two_streams)
    assert two_streams.take("phone_use", look(5.0 + LAG_S - 0.1)) == []
    (event,) = two_streams.take("phone_use", look(5.0 + LAG_S))
    assert event.clip is not None
    assert len(read_frames(two_streams.folder / event.clip)) == 31 - 10


def test_a_main_stream_that_comes_back_in_the_middle_of_an_event_gives_the_rest_of_it(
    two_streams: Desk, tmp_path: Path
) -> None:
    desk, stream = two_streams.desk, two_streams.stream
    desk.seal()
    desk.rewire(Ring(30), None, (0, 0))
    desk.looked(POST, look(1.0), [], FRAME)
    two_streams.take("phone_use", look(2.0, phone=PHONE), Change.PENDING, Change.OPENED)
    two_streams.take("phone_use", look(3.2, phone=PHONE))
    desk.seal()
    two_streams.ring = Ring(30)
    desk.rewire(two_streams.ring, stream, (128, 96))
    two_streams.take("phone_use", look(3.6, phone=PHONE))
    two_streams.record(10.0)
    two_streams.take("phone_use", look(6.0), Change.CLOSED)
    (event,) = two_streams.take("phone_use", look(7.2))
    assert event.clip is not None
    assert 30 <= len(read_frames(two_streams.folder / event.clip)) <= 40


def test_boxes_seen_in_a_smaller_stream_lie_right_in_the_clips_picture(two_streams: Desk) -> None:
    called(two_streams, SeenBox(WHERE, "person", "staff", PLAIN), size=(64, 32))
    two_streams.record(10.0)
    (event,) = two_streams.take("phone_use", look(5.2))
    assert event.timeline is not None
    timeline = json.loads((two_streams.folder / event.timeline).read_text(encoding="utf-8"))
    assert (timeline["width"], timeline["height"]) == (128, 96)
    assert timeline["looks"][0]["boxes"][0]["box"] == [20.0, 30.0, 40.0, 60.0]
