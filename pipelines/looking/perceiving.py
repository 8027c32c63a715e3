"""What the models make of looks: many looks at once, each network in its turn, so that its batches are full.

On each lane what is around the networks (cutting, scaling) goes on while another's network runs.

What comes out for one look does not depend on which others were beside it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from models.detector import Crop
from pipelines.looking.eyes import Eyes, Seen, merged
from pipelines.looking.near import is_alone
from pipelines.looking.wider import wider_region
from pipelines.observations import TELLING
from vision.behaviours._held import SURE_PERSON
from vision.detections import Detections
from vision.frame import Frame
from vision.picture import Picture
from vision.posts import Post
from vision.posture import Posture
from vision.view import sort_people

NOTHING = Seen(Detections.none(), Detections.none())


@dataclass(frozen=True, slots=True)
class LookRequest:
    """One post to be looked at in one frame; ``crop`` is None when the picture tells nothing.

    A ``near`` one shows the staff member alone, larger (see `looking.near`). ``clothes``: theirs count.
    """

    post: Post
    frame: Frame
    picture: Picture
    crop: Crop | None
    near: bool = False
    clothes: bool = False

    @classmethod
    def whole(cls, post: Post, frame: Frame, picture: Picture, *, clothes: bool = False) -> "LookRequest":
        """A look at the whole post."""
        crop = Crop(frame.image, post.crop(frame.width, frame.height)) if picture.tells else None
        return cls(post, frame, picture, crop, clothes=clothes)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the picture."""
        return self.frame.width, self.frame.height

    def nearer(self, region: tuple[int, int, int, int]) -> "LookRequest":
        """The same at a part of the picture, the staff member's."""
        return replace(self, crop=Crop(self.frame.image, region), near=True)

    def farther(self) -> "LookRequest":
        """The same at the whole post."""
        return self.whole(self.post, self.frame, self.picture, clothes=self.clothes)


@dataclass(frozen=True, slots=True)
class Perceived:
    """What the models make of one look, before any memory: of the frame's pixels alone.

    ``clothing`` are features (D,), None where none were asked for or too little is seen.
    """

    request: LookRequest
    people: Detections
    objects: Detections
    staff: Detections
    visitors: Detections
    posture: Posture | None
    clothing: NDArray[np.float32] | None


def perceive(eyes: Eyes, requests: Sequence[LookRequest]) -> list[Perceived]:
    """Show the models all looks, a share of them on each of their lanes.

    A near one that shows anybody else is taken at the whole post instead.
    """
    parts = eyes.beside(partial(_perceive, eyes), eyes.shares(requests))
    return [one for part in parts for one in part]


def _perceive(eyes: Eyes, requests: Sequence[LookRequest]) -> list[Perceived]:
    asked = list(requests)
    seen = _see(eyes, asked)
    people = [_sorted(one, found) for one, found in zip(asked, seen, strict=True)]
    crowded = [i for i, one in enumerate(asked) if one.near and not _alone(one, seen[i], people[i][0])]
    for i in crowded:
        asked[i] = asked[i].farther()
    for i, answer in zip(crowded, _see(eyes, [asked[i] for i in crowded]), strict=True):
        seen[i], people[i] = answer, _sorted(asked[i], answer)
    for i, found in _missed(eyes, asked, [those for those, _ in people]):
        seen[i] = replace(seen[i], people=merged([seen[i].people, found]))
        people[i] = _sorted(asked[i], seen[i])
    staff = [those for those, _ in people]
    things = _closer(eyes, asked, seen, staff)
    living = [i for i, one in enumerate(asked) if one.picture.tells]
    postures = dict(
        zip(living, eyes.postures_of([(asked[i].frame.image, staff[i]) for i in living]), strict=True)
    )
    dressed = [i for i, one in enumerate(asked) if one.clothes]
    clothes = dict(
        zip(
            dressed,
            eyes.clothes_of([(asked[i].frame.image, staff[i], postures.get(i)) for i in dressed]),
            strict=True,
        )
    )
    return [
        Perceived(one, seen[i].people, things[i].of(TELLING), *people[i], postures.get(i), clothes.get(i))
        for i, one in enumerate(asked)
    ]


def _see(eyes: Eyes, asked: Sequence[LookRequest]) -> list[Seen]:
    found = iter(eyes.see([one.crop for one in asked if one.crop is not None]))
    return [NOTHING if one.crop is None else next(found) for one in asked]


def _sorted(request: LookRequest, seen: Seen) -> tuple[Detections, Detections]:
    """Staff and visitors."""
    return sort_people(request.post, seen.people, *request.size)


def _alone(request: LookRequest, seen: Seen, staff: Detections) -> bool:
    """Whether a near look shows one staff member and nobody who may be a visitor."""
    return request.crop is not None and is_alone(request.crop.region, seen.people, staff, SURE_PERSON)


def _missed(
    eyes: Eyes, asked: Sequence[LookRequest], staff: Sequence[Detections]
) -> Iterator[tuple[int, Detections]]:
    """Where fewer staff are surely seen than the post must have: which look, and whom a wider one shows."""
    wide = {
        i: Crop(one.frame.image, region)
        for i, (one, those) in enumerate(zip(asked, staff, strict=True))
        if one.crop is not None
        and (those.scores >= SURE_PERSON).sum() < one.post.staff
        and (region := wider_region(one.crop.region, one.size)) is not None
    }
    for i, seen in zip(wide, eyes.see(list(wide.values())), strict=True):
        yield i, _sorted(asked[i], seen)[0]


def _closer(
    eyes: Eyes, asked: Sequence[LookRequest], seen: Sequence[Seen], staff: Sequence[Detections]
) -> list[Detections]:
    """All objects: those seen, and those of a closer look at the staff's bodies, unless that was the look."""
    looks = []
    for one, found, those in zip(asked, seen, staff, strict=True):
        bodies = [] if one.near else list(those.boxes[those.scores >= SURE_PERSON])
        looks.append((one.frame.image, found.objects, bodies))
    return eyes.see_closer(looks)
