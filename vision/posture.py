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
NECK = 0.75
"""Shoulder widths in the distance from the nose to the shoulders' middle, of a person seen from the side."""
MOUTH_BELOW = 0.9
HAND_BEYOND = 0.35
"""From wrist to the hand's middle, as a share of the forearm."""


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
    def unit(self) -> float:
        """Width of the shoulders in pixels; from the side, where they look narrow, judged by the neck."""
        middle = (self._at("left_shoulder") + self._at("right_shoulder")) / 2
        across = float(np.linalg.norm(self._at("left_shoulder") - self._at("right_shoulder")))
        return max(across, NECK * float(np.linalg.norm(self._at("nose") - middle)))

    @property
    def face(self) -> NDArray[np.float32]:
        """Middle of the joints of the head that are seen, shape (2,); meaningful where ``tells``."""
        return np.asarray(self.head.mean(axis=0), np.float32)

    @property
    def head(self) -> NDArray[np.float32]:
        """Joints of the head that are seen, shape (K, 2), K at least 1; meaningful where ``tells``."""
        seen = self.joints[:5, 2] >= SEEN
        return self.joints[:5, :2][seen if seen.any() else slice(None)]

    @property
    def mouth(self) -> NDArray[np.float32]:
        """Where the mouth is, shape (2,): below the nose as far as the nose is below the eyes."""
        eyes = (self._at("left_eye") + self._at("right_eye")) / 2
        return np.asarray(self._at("nose") + MOUTH_BELOW * (self._at("nose") - eyes), np.float32)

    @property
    def hands(self) -> NDArray[np.float32]:
        """Middles of the hands whose wrist is seen, shape (K, 2): the forearm drawn on by a third."""
        found = [
            self._at(f"{side}_wrist") + HAND_BEYOND * (self._at(f"{side}_wrist") - self._at(f"{side}_elbow"))
            for side in ("left", "right")
            if self.joints[JOINTS.index(f"{side}_wrist"), 2] >= SEEN
        ]
        return np.array(found, dtype=np.float32).reshape(-1, 2)

    def _at(self, joint: str) -> NDArray[np.float32]:
        place: NDArray[np.float32] = self.joints[JOINTS.index(joint), :2]
        return place

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
