"""What every look saw, as JSON lines: the record from which rules can be replayed."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import tzinfo
from typing import Any

from pipelines.rules.events import at, iso
from vision.behaviours import eating, phone, smoking
from vision.cue import Cue, Reason
from vision.detections import Detections


@dataclass(frozen=True, slots=True)
class Look:
    """One look at one post at event time ``t``: calibrated cues and the beliefs after it.

    ``cues`` are probabilities, None = unknown; ``boxes`` what was seen with each one's role
    (staff, visitor, object, evidence), frame pixels.
    """

    t: float
    camera: str
    post: str
    presence: bool | None
    cues: Mapping[str, float | None]
    beliefs: Mapping[str, float]
    why: Mapping[str, Reason]
    boxes: tuple["SeenBox", ...]
    placard: str | None = None
    """The text of the placard that is up."""
    cover: str | None = None
    """The kind of the cover that allows an absence now."""
    size: tuple[int, int] | None = None
    """Width and height of the picture in whose pixels the boxes are; None: the clip's."""

    def line(self, zone: tzinfo) -> dict[str, Any]:
        """The look as one line of observations.jsonl."""
        line: dict[str, Any] = {
            "t": iso(at(self.t, zone)),
            "camera": self.camera,
            "post": self.post,
            "presence": self.presence,
            "cues": {name: _rounded(score) for name, score in self.cues.items()},
            "beliefs": {name: round(p, 4) for name, p in self.beliefs.items()},
            "boxes": [box.line() for box in self.boxes],
        }
        told = {"placard": self.placard, "cover": self.cover}
        return line | {name: value for name, value in told.items() if value is not None}


@dataclass(frozen=True, slots=True)
class SeenBox:
    """One box of a look: x1, y1, x2, y2 in pixels of the frame, its class, its role, its score."""

    box: tuple[float, float, float, float]
    label: str
    role: str
    score: float
    tells: frozenset[str] = frozenset()
    """The behaviours whose cue rests on it."""
    plain_role: str = "object"
    """Its role for whoever asks about another behaviour."""

    def scaled(self, x: float, y: float) -> "SeenBox":
        """The box in a picture ``x`` times as wide and ``y`` times as high."""
        x1, y1, x2, y2 = self.box
        return replace(self, box=(round(x1 * x, 1), round(y1 * y, 1), round(x2 * x, 1), round(y2 * y, 1)))

    def told(self, behaviour: str) -> "SeenBox | None":
        """The box for whoever asks about one behaviour; None when it is of another and too faint to draw."""
        if self.role != "evidence" or behaviour in self.tells:
            return self
        return replace(self, role=self.plain_role) if self.score >= SHOWN_SCORE else None

    def line(self) -> dict[str, Any]:
        """The box as JSON."""
        return {"box": list(self.box), "label": self.label, "role": self.role, "score": self.score}


SHOWN_SCORE = 0.25
"""Fainter boxes than this count in a cue's score but are not worth drawing."""


TELLING = frozenset({*phone.WEIGHTS, *smoking.WEIGHTS, *eating.FOOD, *eating.DRINK})
"""Things that a behaviour asks about. Books and screens only clutter the picture."""


def seen_boxes(
    staff: Detections, visitors: Detections, objects: Detections, cues: Mapping[str, Cue]
) -> tuple[SeenBox, ...]:
    """All boxes of a look with their roles; what a cue rests on is evidence, however faint."""
    evidence = {
        (_key(cue.evidence, i), name)
        for name, cue in cues.items()
        if name not in ("presence", "uniform") and (cue.score or cue.posture)
        for i in range(len(cue.evidence))
    }
    rows: list[SeenBox] = []
    for role, found in (("staff", staff), ("visitor", visitors), ("object", objects)):
        for i in range(len(found)):
            key = _key(found, i)
            tells = frozenset(name for thing, name in evidence if thing == key)
            told = role != "object" or key[0] in TELLING
            if tells or (told and found.scores[i] >= SHOWN_SCORE):
                rows.append(SeenBox(key[1], key[0], "evidence" if tells else role, key[2], tells, role))
    return tuple(rows)


def _key(found: Detections, i: int) -> tuple[str, tuple[float, float, float, float], float]:
    x1, y1, x2, y2 = (round(float(v), 1) for v in found.boxes[i])
    return found.labels[i], (x1, y1, x2, y2), round(float(found.scores[i]), 3)


def _rounded(score: float | None) -> float | None:
    return None if score is None else round(score, 4)
