"""How a person holds themselves: upper-body joints, and which act the posture looks like.

A phone of ten pixels cannot be seen; a head bent over two hands held together can. What the posture says is
evidence of its own kind, weaker than an object that is seen, and it cannot name the thing in the hand.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

JOINTS = (
    "nose",
    "left_eye",
    "right_eye",
    "left_ear",
    "right_ear",
    "left_shoulder",
    "right_shoulder",
    "left_elbow",
    "right_elbow",
    "left_wrist",
    "right_wrist",
    "left_hip",
    "right_hip",
)
"""COCO's first thirteen key points: a post's counter hides the rest."""
ACTS = ("call", "handling", "smoking", "eating", "drinking", "desk", "other")
"""What a posture can look like: a phone at the ear, a phone in the hand, ..., desk work, anything else."""
SEEN = 0.3
"""Height of a joint's peak from which the joint counts as seen."""


@dataclass(frozen=True, slots=True)
class Posture:
    """One person's posture in one look.

    ``joints`` float32 (13, 3): x, y in pixels of the frame and how surely each is seen, 0 to 1, in the order
    of `JOINTS`. ``acts``: share of each of `ACTS`, together 1.
    """

    joints: NDArray[np.float32]
    acts: Mapping[str, float]

    def __post_init__(self) -> None:
        if self.joints.shape != (len(JOINTS), 3) or self.joints.dtype != np.float32:
            raise ValueError(
                f"expected float32 joints of shape ({len(JOINTS)}, 3), "
                f"got {self.joints.dtype} {self.joints.shape}"
            )
        if set(self.acts) != set(ACTS):
            raise ValueError(f"expected shares of {', '.join(ACTS)}, got {', '.join(sorted(self.acts))}")

    @property
    def tells(self) -> bool:
        """Whether enough is seen to judge: both shoulders and something of the head."""
        seen = self.joints[:, 2] >= SEEN
        return bool(seen[JOINTS.index("left_shoulder")] and seen[JOINTS.index("right_shoulder")]) and bool(
            seen[:5].any()
        )

    def share(self, *acts: str) -> float | None:
        """How much the posture looks like any of these acts, 0 to 1; None when too little is seen."""
        return sum(self.acts[act] for act in acts) if self.tells else None
