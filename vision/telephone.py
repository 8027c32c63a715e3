"""Whether a staff member is on the desk telephone, which is work: the hand went from it to the ear.

A handset at the ear looks like a phone at the ear, in posture and in a few pixels. What tells them apart is
where it came from. The post's telephone stands at a marked place; a hand that was there and is at the ear a
moment later holds its handset, until the hand leaves the ear or goes back. Where looks are rare it may have
been there unseen: a hand that has come to the ear from nowhere is a reason to look at what was passed over.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vision.geometry import gaps
from vision.posture import Posture

AT_TELEPHONE = 0.45
"""Distance from a hand's middle to the telephone's place, in shoulder widths, at which the hand is there."""
AT_EAR = 0.6
"""Distance from a hand's middle to the nearest joint of the head within which the hand is at the ear."""
LIFTED_WITHIN_S = 5.0
"""From the telephone to the ear it takes a second; looks may lie two seconds apart."""
LET_GO_S = 5.0
"""A hand that was not seen at the ear for longer has let go of the handset."""


@dataclass(frozen=True, slots=True)
class DeskTelephone:
    """The memory of one post's telephone; starts hung up. Times are seconds of event time."""

    touched: float | None = None
    at_ear: float | None = None
    listens: bool = False
    """Whether a hand was at the ear at the last look."""
    unexplained: bool = False
    """Whether it has come there since the look before, and was not seen at the telephone."""

    def look(
        self, posture: Posture | None, place: NDArray[np.float64] | None, t: float
    ) -> tuple["DeskTelephone", bool]:
        """The memory after a look at ``t``, and whether the staff member is on the desk telephone.

        ``place`` = x1, y1, x2, y2 of where the telephone stands, in pixels of the frame; None = not marked.
        """
        if place is None:
            return self, False
        if posture is not None and posture.tells and posture.unit > 0 and len(posture.hands):
            memory = self._seen(posture, place, t)
        else:
            memory = replace(self, unexplained=False)
        return memory, memory._holds(t)

    def _seen(self, posture: Posture, place: NDArray[np.float64], t: float) -> "DeskTelephone":
        hands = posture.hands
        to_place = gaps(hands, place)
        to_head = np.linalg.norm(hands[:, None] - posture.head[None], axis=2).min(axis=1)
        touches = bool((to_place <= AT_TELEPHONE * posture.unit).any())
        listens = bool((to_head <= AT_EAR * posture.unit).any())
        lifted = self.touched is not None and t - self.touched <= LIFTED_WITHIN_S
        at_ear = self.at_ear
        if listens and (lifted or self._holds(t)):
            at_ear = t
        elif touches:
            at_ear = None
        unexplained = listens and not self.listens and at_ear != t
        return DeskTelephone(t if touches else self.touched, at_ear, listens, unexplained)

    def _holds(self, t: float) -> bool:
        return self.at_ear is not None and t - self.at_ear <= LET_GO_S
