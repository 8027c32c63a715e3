"""Whether a phone that lay on the desk was picked up: it was seen there, a hand came, it is gone.

A phone of ten pixels in the hand is half hidden and mostly missed; lying flat in the open it is seen in
nearly every look. So the picking up is often surer than the phone in the hand. What becomes of the phone
afterwards is not known (it may go into a pocket), so this alone says nothing; it only makes credible what
else is seen.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vision.detections import Detections
from vision.geometry import Boxes, gaps, iou
from vision.posture import Posture

PHONES = frozenset({"cell phone", "remote"})
"""Classes under which a lying phone is seen."""
SAME_PLACE_IOU = 0.4
LAIN_S = 8.0
"""A phone lies on the desk once it has been seen at one place for this long, in most looks."""
MOST_LOOKS = 0.6
MEMORY_S = 10.0
"""Time over which the share of looks that show it is reckoned (exponentially)."""
NEAR_HAND = 0.6
"""Shoulder widths from a hand's middle within which it may be taking, or hiding, the phone."""
TAKEN_AROUND_S = 3.0
"""How long before or after the last sight of the phone the hand must have been there."""
GONE_S = 1.5
"""Not seen for so long, with no hand before it, it is gone."""
FORGOTTEN_S = 120.0


@dataclass(frozen=True, slots=True)
class LyingPhone:
    """One phone's place: ``box`` (4,), since when and until when it was seen, in what share of the looks at
    the last sight, and when a hand was last near."""

    box: NDArray[np.float32]
    since: float
    seen: float
    share: float = 0.0
    touched: float = float("-inf")

    @property
    def lies(self) -> bool:
        """Whether it was lying there when last seen."""
        return self.seen - self.since >= LAIN_S and self.share >= MOST_LOOKS

    def taken(self, t: float) -> bool:
        """Whether it was picked up and has not come back by ``t``."""
        unseen = t - self.seen
        hand_came = abs(self.touched - self.seen) <= TAKEN_AROUND_S
        return self.lies and hand_came and unseen >= GONE_S and t - self.touched >= GONE_S / 2


@dataclass(frozen=True, slots=True)
class PickedUp:
    """The memory of one post's desk; starts with nothing seen. Times are seconds of event time."""

    phones: tuple[LyingPhone, ...] = ()
    t: float | None = None

    @property
    def lying(self) -> Boxes:
        """Boxes (N, 4) of the phones that lie there, or were seen at the last look and may come to lie."""
        boxes = [phone.box for phone in self.phones if phone.lies or phone.seen == self.t]
        return np.stack(boxes) if boxes else np.zeros((0, 4), np.float32)

    def look(self, objects: Detections, posture: Posture | None, t: float) -> tuple["PickedUp", bool]:
        """The memory after a look at ``t``, and whether a phone that lay on the desk is in somebody's hand.

        ``objects`` in pixels of the frame. Without joints no hand is seen, and nothing is called picked up.
        """
        boxes = objects.take(objects.is_a(PHONES)).boxes
        hands, reach = np.zeros((0, 2), np.float32), 0.0
        if posture is not None and posture.tells:
            hands, reach = posture.hands, NEAR_HAND * posture.unit
        fresh = 1 - float(np.exp(-(t - self.t) / MEMORY_S)) if self.t is not None else 1.0
        phones = [
            _looked_for(phone, boxes, hands, reach, t, fresh)
            for phone in self.phones
            if t - phone.seen <= FORGOTTEN_S
        ]
        phones += [LyingPhone(box, t, t) for box in boxes if not _known(phones, box)]
        return PickedUp(tuple(phones), t), _one_is_missing(phones, t)


def _looked_for(
    phone: LyingPhone, boxes: Boxes, hands: NDArray[np.float32], reach: float, t: float, fresh: float
) -> LyingPhone:
    if (gaps(hands, phone.box) <= reach).any():
        phone = replace(phone, touched=t)
    if len(boxes) and float(iou(phone.box[None], boxes).max()) >= SAME_PLACE_IOU:
        # What was not seen in between counts against it; once it was picked up, it begins to lie anew.
        since = t if phone.taken(t) else phone.since
        share = phone.share * float(np.exp(-(t - phone.seen) / MEMORY_S)) + fresh
        return replace(phone, since=since, seen=t, share=min(share, 1.0))
    return phone


def _known(phones: list[LyingPhone], box: NDArray[np.float32]) -> bool:
    return bool(phones) and float(iou(box[None], np.stack([p.box for p in phones])).max()) >= SAME_PLACE_IOU


def _one_is_missing(phones: list[LyingPhone], t: float) -> bool:
    """Whether a phone was taken, and none has been laid down elsewhere since."""
    taken = [phone.seen for phone in phones if phone.taken(t)]
    laid = [phone.since for phone in phones if phone.lies and not phone.taken(t)]
    return any(not any(since > gone for since in laid) for gone in taken)
