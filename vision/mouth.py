"""When a hand was last at the mouth: a pen is never smoked, and a roll that stays on the desk is not eaten.

Who smokes or eats brings the hand to the mouth every few seconds. A thing in a hand that has not been at the
mouth for long is hardly food, and a thin white thing hardly a cigarette. The memory says only what it has
watched: hands that are hidden count for nothing.
"""

from dataclasses import dataclass, replace

import numpy as np

from vision.posture import Posture

AT_THE_MOUTH = 0.45
"""Distance from the mouth to a hand's middle, in shoulder widths, within which the hand is at the mouth."""
WATCHED_S = 25.0
"""After so many seconds of seen hands, none at the mouth, what they hold is neither smoked nor eaten."""
LONGEST_LOOK_S = 1.0
"""A look tells at most of so many seconds before it."""


@dataclass(frozen=True, slots=True)
class HandToMouth:
    """The memory of one post's staff member; starts with nothing watched."""

    last: float | None = None
    visit: float | None = None
    idle_s: float = 0.0

    def look(self, posture: Posture | None, t: float) -> tuple["HandToMouth", bool | None]:
        """The memory after a look at ``t`` (seconds), and whether a hand was lately at the mouth.

        None while too little was watched to say.
        """
        memory = self
        if posture is not None and posture.tells and posture.unit > 0:
            memory = self._seen(posture, t)
        if memory.visit is not None and t - memory.visit <= WATCHED_S:
            return memory, True
        return memory, False if memory.idle_s >= WATCHED_S else None

    def _seen(self, posture: Posture, t: float) -> "HandToMouth":
        hands = posture.hands
        gaps = np.linalg.norm(hands - posture.mouth, axis=1) / posture.unit
        if (gaps <= AT_THE_MOUTH).any():
            return HandToMouth(t, t)
        if len(hands) < 2:
            return replace(self, last=t)
        since = 0.0 if self.last is None else min(t - self.last, LONGEST_LOOK_S)
        return replace(self, last=t, idle_s=self.idle_s + since)
