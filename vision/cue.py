"""What one look says about one behaviour, and why."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from vision.detections import Detections


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a cue is what it is: a key of the text catalogue (``why.<code>``) and its values."""

    code: str
    args: Mapping[str, str | float | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Cue:
    """One behaviour in one look.

    ``score`` is the strength of the evidence from 0 to 1, before calibration; None = unknown, the
    look cannot tell. ``evidence`` are the detections (frame pixels) the score rests on. ``posture`` is how
    much the posture looks like the behaviour, from 0 to 1; None = it says nothing.
    """

    behaviour: str
    score: float | None
    why: Reason
    evidence: Detections
    posture: float | None = None

    def __post_init__(self) -> None:
        if self.score is not None and not 0.0 <= self.score <= 1.0:
            raise ValueError(f"{self.behaviour}: expected a score from 0 to 1 or None, got {self.score}")

    @classmethod
    def unknown(cls, behaviour: str, code: str, **args: str | float | int) -> "Cue":
        """A cue that says: this look cannot tell, and why."""
        return cls(behaviour, None, Reason(code, args), Detections.none())
