"""One look at a single picture that is one post's crop: no history, no zones."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from models.detector import Crop
from pipelines.looking.eyes import Eyes
from pipelines.observations import SeenBox, seen_boxes
from pipelines.texts import text
from vision.behaviours import judge_all
from vision.frame import Image
from vision.picture import PictureWatch
from vision.view import WHOLE_PICTURE, PostView, person_in_the_middle


@dataclass(frozen=True, slots=True)
class SingleLook:
    """Calibrated cues (None = unknown) of one picture, their reasons in words, and the boxes."""

    presence: bool | None
    cues: dict[str, float | None]
    boxes: tuple[SeenBox, ...]
    why: dict[str, str]

    def line(self) -> dict[str, Any]:
        """The look as JSON."""
        return {
            "presence": self.presence,
            "cues": self.cues,
            "boxes": [box.line() for box in self.boxes],
            "why": self.why,
        }


def look_at(image: Image, eyes: Eyes, language: str) -> SingleLook:
    """Look once at a picture, BGR uint8, with the staff member in its middle."""
    _, picture = PictureWatch().look(image, 0.0)
    seen = eyes.see([Crop.whole(image)])[0]
    staff, visitors = person_in_the_middle(seen.people, image.shape[1], image.shape[0])
    (objects,) = eyes.see_closer([(image, seen.objects, list(staff.boxes[:1]))])
    furniture = np.zeros(len(objects), np.bool_)
    (posture,) = eyes.postures_of([(image, staff)])
    view = PostView(
        WHOLE_PICTURE,
        picture,
        staff,
        visitors,
        objects,
        furniture,
        posture=posture,
        classes=eyes.classes,
    )
    cues = judge_all(view)
    scores = {name: eyes.probability(cue) for name, cue in cues.items()}
    present = scores["presence"]
    return SingleLook(
        None if present is None else present > 0.5,
        {name: None if score is None else round(score, 4) for name, score in scores.items()},
        seen_boxes(staff, visitors, objects, cues),
        {name: text(language, f"why.{cue.why.code}", **cue.why.args) for name, cue in cues.items()},
    )
