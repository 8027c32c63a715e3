"""What an event says and shows: its reason from the first look on, and only its own evidence as such."""

import json
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from pipelines.evidence import EvidenceDesk, ring_seconds
from pipelines.observations import SHOWN_SCORE, Look, SeenBox
from pipelines.recorder import Ring, Stream
from pipelines.regulation import load
from pipelines.rules.engine import Ruling
from pipelines.rules.events import ModelRef, RuleEvent
from pipelines.rules.machine import Change, Transition
from pipelines.site import Evidence
from pipelines.source import Source
from tests.conftest import moving, write_video
from vision.cue import Reason
from vision.frame import Frame
from vision.posts import Post

POST = Post.model_validate({"id": "w01", "camera": "cam", "staff_zone": [[0.1, 0.1], [0.6, 0.1], [0.6, 0.8]]})
RULES = load().rules
NOTHING = {"presence": "present", "phone": "no_phone", "smoking": "no_cigarette", "eating": "no_food"}
WHERE = (10.0, 10.0, 20.0, 20.0)
SETTINGS = Evidence(pre_roll_s=1, post_roll_s=1)


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

    def __init__(self, folder: Path, source: Source) -> None:
        self.folder = folder
        ring = Ring(ring_seconds(SETTINGS, tuple(RULES.values())))
        for step in source:
            if step.packet is not None:
                ring.add(step.packet)
        stream = Stream(source.stream, source.time_base)
        zone, model = ZoneInfo("Asia/Shanghai"), ModelRef(name="m", sha256="0" * 64)
        self.desk = EvidenceDesk("cam", folder, ring, stream, SETTINGS, zone, model, (128, 96))

    def take(self, rule: str, seen: Look, *changes: Change, start: float = 2.0) -> list[RuleEvent]:
        """A look at which a rule goes through some changes."""
        frame = Frame("cam", round(seen.t * 10), seen.t, np.zeros((96, 128, 3), np.uint8), True)
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
