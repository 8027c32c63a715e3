"""Looks of one camera's posts: seldom while all is settled, and none missed when something begins."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.looking import looks
from pipelines.looking.eyes import Seen
from pipelines.looking.perceiving import perceive
from pipelines.regulation import load
from pipelines.rules.engine import RuleEngine
from pipelines.rules.machine import Change
from pipelines.rules.schedule import Schedule
from pipelines.watch import CameraWatch, Looked
from tests.stub_eyes import StubEyes
from vision.calibration import Calibration
from vision.cue import Cue
from vision.detections import Detections
from vision.frame import Frame
from vision.posts import Post
from vision.posture import ACTS, JOINTS, Posture

ZONE = ZoneInfo("Asia/Shanghai")
START = 1_767_574_800.0
POST = Post(id="w01", camera="east", staff_zone=((0, 0), (1, 0), (1, 1), (0, 1)))
SHOWN = tuple[bool, bool]
"""Whether somebody is at the post, and whether with a phone at the ear."""
FLAT = Calibration(slope=1, intercept=0, prior=0.3, low=0.02, high=0.97)


class PaintedEyes(StubEyes):
    """Sees what a frame's index says."""

    def __init__(self, shown: Sequence[SHOWN]) -> None:
        super().__init__()
        self._shown, self.asked = shown, 0
        self.classes = frozenset({"person", "cell phone"})

    def see(self, crops):
        self.asked += len(crops)
        return [self._seen(int(crop.image[0, 0, 0]) + 256 * int(crop.image[0, 1, 0])) for crop in crops]

    def _seen(self, number: int) -> Seen:
        there, calls = self._shown[number]
        person = _found("person", (20, 10, 60, 90)) if there else Detections.none()
        return Seen(person, _found("cell phone", (45, 15, 52, 25)) if there and calls else Detections.none())

    def probability(self, cue: Cue) -> float | None:
        return None if cue.score is None else FLAT.probability(cue.score)


def _found(label: str, box: tuple[float, float, float, float]) -> Detections:
    return Detections(np.array([box], np.float32), np.array([0.9], np.float32), (label,))


def frames(count: int) -> list[Frame]:
    """Living noise, five pictures in two seconds, each with its number in its first two pixels."""
    noise = np.random.default_rng(1).integers(30, 220, (53, 96, 96, 3), dtype=np.uint8)
    made = []
    for i in range(count):
        image = noise[i % 53].copy()
        image[0, 0], image[0, 1] = i % 256, i // 256
        made.append(Frame("east", i, START + 0.4 * i, image))
    return made


def engine() -> RuleEngine:
    rules = tuple(rule.model_copy(update={"hold_s": 10.0}) for rule in load().rules.values())
    behaviours = ("presence", "phone", "smoking", "eating", "uniform")
    return RuleEngine(rules, load().beliefs, dict.fromkeys(behaviours, FLAT), Schedule((), ZONE))


def watched(shown: Sequence[SHOWN]) -> tuple[list[Looked], int]:
    """What all looks came to, in their order, and how many crops were shown to the models."""
    eyes = PaintedEyes(shown)
    watch = CameraWatch("east", [POST], engine(), eyes)
    done: list[Looked] = []
    for frame in frames(len(shown)):
        _, requests = watch.requests(frame)
        for perceived in perceive(eyes, requests):
            done += watch.judge(perceived)
    done += [looked for _, looked in watch.catch_up()]
    return done, eyes.asked


def watched_at_rest(shown: Sequence[SHOWN]) -> list[Looked]:
    """The same where, while all is settled, only every fifth picture is decoded."""
    eyes, undecoded = PaintedEyes(shown), list[Frame]()

    def recall(since: float, until: float) -> list[Frame]:
        return [frame for frame in undecoded if since < frame.t < until]

    watch = CameraWatch("east", [POST], engine(), eyes, recall=recall)
    done: list[Looked] = []
    for i, frame in enumerate(frames(len(shown))):
        if watch.rests() and i % 5:
            undecoded.append(frame)
            continue
        for perceived in perceive(eyes, watch.requests(frame)[1]):
            done += watch.judge(perceived, back=10)
    assert undecoded
    return done


def people(*spans: tuple[float, float], over: float, calls: tuple[float, float] = (0, 0)) -> list[SHOWN]:
    """Pictures of `over` seconds: who is away in the spans, and on the phone from when to when (seconds)."""
    times = [0.4 * i for i in range(round(over / 0.4))]
    return [(not any(a <= t < b for a, b in spans), calls[0] <= t < calls[1]) for t in times]


def told(done: list[Looked]) -> list[tuple[str, Change, float, float | None]]:
    """Openings and closings, times in seconds from the start."""
    return [
        (
            ruling.rule.name,
            ruling.transition.change,
            round(ruling.transition.start - START, 2),
            None if ruling.transition.end is None else round(ruling.transition.end - START, 2),
        )
        for looked in done
        for ruling in looked.rulings
        if ruling.transition.change in (Change.OPENED, Change.CLOSED)
    ]


def every_picture(monkeypatch: pytest.MonkeyPatch, run: Callable[[], list[Looked]]) -> list[Looked]:
    with monkeypatch.context() as patch:
        patch.setattr(looks, "QUIET_S", 0.0)
        return run()


def test_a_settled_post_is_looked_at_every_two_seconds() -> None:
    done, asked = watched(people(over=120))
    times = [looked.look.t - START for looked in done]
    gaps = np.diff([t for t in times if t >= 4])
    assert gaps[:-5] == pytest.approx([2.0] * (len(gaps) - 5), abs=0.01)
    assert asked == len(done) < 80


def test_when_somebody_leaves_the_pictures_passed_over_are_looked_at_too() -> None:
    done, _ = watched(people((20.4, 60), over=80))
    times = [round(looked.look.t - START, 1) for looked in done]
    assert times == sorted(times)
    first = next(looked for looked in done if looked.look.presence is False)
    assert first.look.t - START == pytest.approx(20.4)
    assert first.frame.t == first.look.t
    assert told(done) == [("absent", Change.OPENED, 20.4, None), ("absent", Change.CLOSED, 20.4, 60.0)]


def test_a_phone_is_watched_closely_until_all_is_settled_again() -> None:
    done, _ = watched(people(over=90, calls=(30, 55)))
    during = [looked.look.t - START for looked in done if 30 <= looked.look.t - START < 55]
    assert len(during) == 63
    assert told(done)[0][:3] == ("phone_use", Change.OPENED, pytest.approx(30.0, abs=0.01))
    assert told(done)[1][1] is Change.CLOSED
    assert told(done)[1][3] == pytest.approx(55.0, abs=0.5)
    late = [looked.look.t for looked in done if looked.look.t - START > 70]
    assert len(late) < 16


class CallingEyes(PaintedEyes):
    """Somebody takes the handset from the telephone at 20.4 s, listens from 21.2 s, and hangs up at 40 s."""

    def postures_of(self, looks):
        return [self._posture(int(image[0, 0, 0])) for image, _ in looks]

    @staticmethod
    def _posture(number: int) -> Posture:
        joints = np.full((len(JOINTS), 3), (40, 25, 0.9), np.float32)
        joints[[JOINTS.index("left_shoulder"), JOINTS.index("right_shoulder")], :2] = [(55, 45), (25, 45)]
        lifts, listens = 51 <= number < 53, 53 <= number < 100
        hand = (10, 80) if lifts else (38, 28) if listens else (40, 75)
        joints[[JOINTS.index("right_elbow"), JOINTS.index("right_wrist")], :2] = hand
        joints[[JOINTS.index("left_elbow"), JOINTS.index("left_wrist")], :2] = (50, 75)
        return Posture(joints, {**dict.fromkeys(ACTS, 0.0), "call" if listens else "desk": 1.0})


@pytest.mark.parametrize("rests", [False, True])
def test_a_handset_that_was_lifted_between_two_looks_is_the_telephones(rests: bool) -> None:
    there = (0, 0.75), (0.2, 0.75), (0.2, 1), (0, 1)
    post = POST.model_copy(update={"telephone_zone": there})
    shown = people(over=60)
    eyes, undecoded = CallingEyes(shown), list[Frame]()
    watch = CameraWatch(
        "east",
        [post],
        engine(),
        eyes,
        recall=lambda since, until: [f for f in undecoded if since < f.t < until],
    )
    done: list[Looked] = []
    for i, frame in enumerate(frames(len(shown))):
        if rests and watch.rests() and i % 5:
            undecoded.append(frame)
            continue
        for perceived in perceive(eyes, watch.requests(frame)[1]):
            done += watch.judge(perceived, back=10 if rests else None)
    during = [looked.look for looked in done if 21.2 <= looked.look.t - START < 40]
    assert {look.why["phone"].code for look in during} == {"desk_telephone"}
    assert 9 < len(during) < 20  # the look back, and then as seldom as before


def test_a_picture_that_tells_nothing_is_never_passed_over() -> None:
    eyes = PaintedEyes([(True, False)] * 200)
    watch = CameraWatch("east", [POST], RuleEngine((), load().beliefs, {}, Schedule((), ZONE)), eyes)
    dark = [Frame("east", i, START + 0.4 * i, np.zeros((96, 96, 3), np.uint8)) for i in range(5)]
    assert [len(watch.requests(frame)[1]) for frame in dark] == [1] * 5


@settings(deadline=None, derandomize=True, max_examples=25)
@given(st.lists(st.integers(8, 60), min_size=1, max_size=5), st.booleans())
def test_looking_seldom_finds_what_looking_always_finds(parts: list[int], away_first: bool) -> None:
    shown = [(away_first ^ (k % 2 == 0), False) for k, part in enumerate(parts) for _ in range(part)]
    seldom, asked = watched(shown)
    with pytest.MonkeyPatch.context() as patch:
        always = every_picture(patch, lambda: watched(shown)[0])
    assert len(always) == len(shown)
    assert [what[:2] for what in told(seldom)] == [what[:2] for what in told(always)]
    for one, other in zip(told(seldom), told(always), strict=True):
        assert one[2] == pytest.approx(other[2], abs=0.41)
        assert one[3] is None or one[3] == pytest.approx(other[3], abs=0.41)
    assert asked <= len(shown) * 1.3


def test_what_began_between_two_keyframes_is_seen_from_its_beginning() -> None:
    done = watched_at_rest(people((21.2, 60), over=80))
    times = [looked.look.t for looked in done]
    assert times == sorted(set(times))
    assert told(done) == [("absent", Change.OPENED, 21.2, None), ("absent", Change.CLOSED, 21.2, 60.0)]


@settings(deadline=None, derandomize=True, max_examples=25)
@given(st.lists(st.integers(40, 90), min_size=1, max_size=4), st.booleans())
def test_looking_at_keyframes_while_all_is_settled_finds_the_same(parts: list[int], away_first: bool) -> None:
    shown = [(away_first ^ (k % 2 == 0), False) for k, part in enumerate(parts) for _ in range(part)]
    found, always = told(watched_at_rest(shown)), told(watched(shown)[0])
    assert [what[:2] for what in found] == [what[:2] for what in always]
    for one, other in zip(found, always, strict=True):
        assert one[2] == pytest.approx(other[2], abs=0.41)
