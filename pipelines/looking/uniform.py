"""A hall's uniforms, learnt from folders of example pictures, and what is wrong with the pictures.

Each picture is the crop of one person. What cannot be used is left out and named with its reason; what can
be used but teaches little is told as a weakness, and what cannot teach at all is an error.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from models.detector import Crop
from pipelines.hall.site import Uniform
from pipelines.hall.wording import Fault, fault, mistaken
from pipelines.looking.eyes import Eyes, PictureError, read_picture
from vision.clothing import CommonClothes, Features
from vision.enrolment import (
    MIN_EXAMPLES,
    Enrolment,
    Learnt,
    Wardrobe,
    WeakEnrolmentError,
    enrol,
    twins,
    variety,
)

log = logging.getLogger(__name__)

PICTURES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp"})
MOST = 50
"""Pictures of one folder that are used."""
SURE_PERSON = 0.25
"""Score from which a picture shows a person."""
ENOUGH = 10
LITTLE_VARIETY = 0.75
"""Median distance of two pictures, over that of two looks at one person, below which all show one moment."""
WELL_RECOGNISED = 0.75


Whose = Literal["wear", "other"]
"""Pictures of people in uniform, or in other clothes."""


@dataclass(frozen=True, slots=True)
class Unused:
    """A picture that was left out, and for which reason."""

    picture: Path
    reason: Fault

    @property
    def why(self) -> str:
        """The reason in English."""
        return self.reason.message


@dataclass(frozen=True, slots=True)
class Examples:
    """What a folder of pictures gives: ``clothing`` (N, V, D), for each used picture how the clothes look in
    it, and how they would at other hours."""

    folder: Path
    used: tuple[Path, ...]
    unused: tuple[Unused, ...]
    clothing: Features
    variety: float

    def weak(self, whose: Whose) -> list[Fault]:
        """Why these pictures teach little."""
        where, count, told = str(self.folder), len(self.used), []
        if MIN_EXAMPLES <= count < ENOUGH:
            told.append(fault("uniform_few", where, whose=whose, count=count, enough=ENOUGH))
        if count >= MIN_EXAMPLES and self.variety < LITTLE_VARIETY:
            told.append(fault("uniform_alike", where, whose=whose))
        return told


@dataclass(frozen=True, slots=True)
class Lesson:
    """One uniform: its examples, and what was learnt or why nothing could be."""

    examples: Examples
    learnt: Learnt | None
    error: Fault | None = None
    left_out: Fault | None = None
    """Beside an error: how many pictures were left out, and mostly why."""

    @property
    def weak(self) -> list[Fault]:
        """Why the uniform is known only weakly."""
        told = self.examples.weak("wear")
        if self.learnt is None:
            return told
        shares: tuple[tuple[Whose, float | None], ...] = (
            ("wear", self.learnt.wear),
            ("other", self.learnt.other),
        )
        for whose, share in shares:
            if share is not None and share < WELL_RECOGNISED:
                where = str(self.examples.folder)
                told.append(fault("uniform_badly_told", where, whose=whose, share=f"{share:.0%}"))
        return told


@dataclass(frozen=True, slots=True)
class Lessons:
    """All uniforms of a hall, and the counter-examples they share."""

    uniforms: tuple[Lesson, ...]
    other: Examples | None

    @property
    def error(self) -> str | None:
        """Why the uniforms cannot be used, one line; None when they can."""
        lesson = self.failed
        if lesson is None or lesson.error is None:
            return None
        left_out = f" ({lesson.left_out.message})" if lesson.left_out else ""
        return f"uniform: {lesson.error.field}: {lesson.error.message}{left_out}"

    @property
    def failed(self) -> Lesson | None:
        """The first uniform that cannot be used."""
        return next((lesson for lesson in self.uniforms if lesson.error is not None), None)

    @property
    def weak(self) -> list[Fault]:
        """Why what was learnt is weak; none is a good sign."""
        told = [one for lesson in self.uniforms for one in lesson.weak]
        told += [fault("uniform_no_other")] if self.other is None else self.other.weak("other")
        return told

    @property
    def weaknesses(self) -> list[str]:
        """The same in English, one line each."""
        lines = (f"{one.field}: {one.message}" if one.field else one.message for one in self.weak)
        return list(dict.fromkeys(lines))

    def wardrobe(self) -> Wardrobe:
        """The uniforms, ready to judge; PictureError when one cannot be used."""
        if self.error is not None:
            raise PictureError(self.error)
        enrolments: list[Enrolment] = [lesson.learnt.enrolment for lesson in self.uniforms if lesson.learnt]
        return Wardrobe(tuple(enrolments))


def learn(eyes: Eyes, wear: Path, other: Path | None) -> Lessons:
    """Learn every uniform in ``wear``: its own pictures are one, each folder inside it is another.

    Raises PictureError when a folder is missing, holds no pictures, or a picture cannot be read.
    """
    counter = None if other is None else examples(eyes, other)
    folders = _uniform_folders(wear)
    return Lessons(tuple(_lesson(eyes, examples(eyes, folder), counter) for folder in folders), counter)


def site_wardrobe(eyes: Eyes, uniform: Uniform, folder: Path, where: str) -> Wardrobe:
    """A site's uniforms; weaknesses are logged, errors raised as PictureError, both after ``where``."""
    other = None if uniform.other is None else folder / uniform.other
    try:
        lessons = learn(eyes, folder / uniform.wear, other)
        made = lessons.wardrobe()
    except PictureError as error:
        raise PictureError(f"{where}{error}") from error
    for line in lessons.weaknesses:
        log.warning("%suniform: %s", where, line)
    return made


def examples(eyes: Eyes, folder: Path) -> Examples:
    """Look at every picture of a folder, in the order of their names."""
    paths = _pictures(folder)
    unused = [Unused(path, fault("uniform_too_many", most=MOST)) for path in paths[MOST:]]
    seen: list[tuple[Path, Features]] = []
    for path in paths[:MOST]:
        clothing = _clothing(eyes, path)
        if isinstance(clothing, Fault):
            unused.append(Unused(path, clothing))
        else:
            seen.append((path, clothing))
    common = eyes.clothing.common
    views = np.stack([row for _, row in seen]) if seen else np.zeros((0, 1, common.size), np.float32)
    again = twins(views[:, 0], common)
    for (path, _), first in zip(seen, again, strict=True):
        if first is not None:
            unused.append(Unused(path, fault("uniform_twin", first=seen[first][0].name)))
    kept = np.array([first is None for first in again], np.bool_)
    used = tuple(path for (path, _), first in zip(seen, again, strict=True) if first is None)
    return Examples(folder, used, tuple(unused), views[kept], variety(views[kept, 0], common))


def _clothing(eyes: Eyes, path: Path) -> Features | Fault:
    """The clothes of the person in a picture, (V, D), or why they cannot be used."""
    image = read_picture(path)
    people = eyes.see([Crop.whole(image)])[0].people
    if not len(people) or people.scores.max() < SURE_PERSON:
        return fault("uniform_nobody")
    box = people.boxes[int(people.scores.argmax())]
    views = eyes.clothing.views((image, box, eyes.postures.look([(image, box)])[0]))
    return fault("uniform_little_seen") if views is None else views


def _lesson(eyes: Eyes, wear: Examples, other: Examples | None) -> Lesson:
    common: CommonClothes = eyes.clothing.common
    against = np.zeros((0, 1, common.size), np.float32) if other is None else other.clothing
    if other is not None and not other.used:
        told = fault("uniform_too_few", str(other.folder), whose="other", least=MIN_EXAMPLES, count=0)
        return Lesson(wear, None, told, _left_out(other))
    try:
        return Lesson(wear, enrol(wear.clothing, against, common))
    except WeakEnrolmentError as error:
        few_others = other is not None and len(wear.used) >= MIN_EXAMPLES > len(other.used)
        blamed = other if other is not None and few_others else wear
        return Lesson(wear, None, mistaken(error.at(str(blamed.folder))), _left_out(blamed))


def _left_out(examples: Examples) -> Fault | None:
    """How many pictures were left out, and the commonest reason."""
    if not examples.unused:
        return None
    # Twins are one reason, whichever picture they are twins of.
    reasons = [
        fault("uniform_twins") if one.reason.kind == "uniform_twin" else one.reason for one in examples.unused
    ]
    kinds = [one.kind for one in reasons]
    often = max(dict.fromkeys(kinds), key=kinds.count)
    count = len(reasons)
    return fault(
        "uniform_left_out", count=count, total=count + len(examples.used), mostly=reasons[kinds.index(often)]
    )


def _uniform_folders(wear: Path) -> Sequence[Path]:
    inside = [path for path in _inside(wear) if path.is_dir() and _has_pictures(path)]
    return [wear, *inside] if _has_pictures(wear) or not inside else inside


def _has_pictures(folder: Path) -> bool:
    return any(path.suffix.lower() in PICTURES for path in _inside(folder))


def _pictures(folder: Path) -> list[Path]:
    return [path for path in _inside(folder) if path.suffix.lower() in PICTURES]


def _inside(folder: Path) -> list[Path]:
    """What is in a folder, in the order of names. Raises PictureError."""
    expected = "uniform: expected a folder with example pictures"
    try:
        return sorted(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError, ValueError):
        raise PictureError(f"{expected}, {folder} is none") from None
    except OSError as error:
        raise PictureError(f"{expected}, {folder}: {error.strerror}") from error
