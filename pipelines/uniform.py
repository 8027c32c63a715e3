"""A hall's uniforms, learnt from folders of example pictures, and what is wrong with the pictures.

Each picture is the crop of one person. What cannot be used is left out and named with its reason; what can
be used but teaches little is told as a weakness, and what cannot teach at all is an error.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.detector import Crop
from pipelines.eyes import Eyes, PictureError, read_picture
from pipelines.site import Uniform
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


@dataclass(frozen=True, slots=True)
class Unused:
    """A picture that was left out, and why."""

    picture: Path
    why: str


@dataclass(frozen=True, slots=True)
class Examples:
    """What a folder of pictures gives: ``clothing`` (N, D), one row for each used picture."""

    folder: Path
    used: tuple[Path, ...]
    unused: tuple[Unused, ...]
    clothing: Features
    variety: float

    def weaknesses(self, what: str) -> list[str]:
        """Why these pictures teach little; ``what`` says what they are pictures of."""
        told = []
        if MIN_EXAMPLES <= len(self.used) < ENOUGH:
            told.append(f"{self.folder}: {len(self.used)} usable pictures {what}; better {ENOUGH} or more")
        if len(self.used) >= MIN_EXAMPLES and self.variety < LITTLE_VARIETY:
            told.append(
                f"{self.folder}: the pictures {what} look as if taken at one moment of one person; "
                "add other people, hours and postures"
            )
        return told


@dataclass(frozen=True, slots=True)
class Lesson:
    """One uniform: its examples, and what was learnt or why nothing could be."""

    examples: Examples
    learnt: Learnt | None
    error: str | None = None

    @property
    def weaknesses(self) -> list[str]:
        """Why the uniform is known only weakly."""
        told = self.examples.weaknesses("in uniform")
        if self.learnt is None:
            return told
        for what, share in (("in uniform", self.learnt.wear), ("in other clothes", self.learnt.other)):
            if share is not None and share < WELL_RECOGNISED:
                told.append(
                    f"{self.examples.folder}: only {share:.0%} of the pictures {what} are recognised when "
                    "left out; give clearer pictures, or more that differ"
                )
        return told


@dataclass(frozen=True, slots=True)
class Lessons:
    """All uniforms of a hall, and the counter-examples they share."""

    uniforms: tuple[Lesson, ...]
    other: Examples | None

    @property
    def error(self) -> str | None:
        """Why the uniforms cannot be used, one line; None when they can."""
        return next((lesson.error for lesson in self.uniforms if lesson.error is not None), None)

    @property
    def weaknesses(self) -> list[str]:
        """Why what was learnt is weak, one line each; none is a good sign."""
        told = [line for lesson in self.uniforms for line in lesson.weaknesses]
        if self.other is None:
            told.append("no pictures of other clothes: the uniform is only told from other people's clothes")
        else:
            told.extend(self.other.weaknesses("in other clothes"))
        return list(dict.fromkeys(told))

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
    unused = [Unused(path, f"only the first {MOST} are used") for path in paths[MOST:]]
    seen: list[tuple[Path, Features]] = []
    for path in paths[:MOST]:
        clothing, why = _clothing(eyes, path)
        if clothing is None:
            unused.append(Unused(path, why))
        else:
            seen.append((path, clothing))
    common = eyes.clothing.common
    rows = np.stack([row for _, row in seen]) if seen else np.zeros((0, common.size), np.float32)
    again = twins(rows, common)
    for (path, _), first in zip(seen, again, strict=True):
        if first is not None:
            unused.append(Unused(path, f"shows nearly the same as {seen[first][0].name}"))
    kept = np.array([first is None for first in again], np.bool_)
    used = tuple(path for (path, _), first in zip(seen, again, strict=True) if first is None)
    return Examples(folder, used, tuple(unused), rows[kept], variety(rows[kept], common))


def _clothing(eyes: Eyes, path: Path) -> tuple[Features | None, str]:
    image = read_picture(path)
    people = eyes.see([Crop.whole(image)])[0].people
    if not len(people) or people.scores.max() < SURE_PERSON:
        return None, "no person found"
    row = eyes.clothing.embed([(image, people.boxes[int(people.scores.argmax())])])[0]
    return row, "too little of the clothes is seen"


def _lesson(eyes: Eyes, wear: Examples, other: Examples | None) -> Lesson:
    common: CommonClothes = eyes.clothing.common
    against = np.zeros((0, common.size), np.float32) if other is None else other.clothing
    if other is not None and not other.used:
        told = f"expected at least {MIN_EXAMPLES} examples in other clothes, got 0"
        return Lesson(wear, None, f"uniform: {other.folder}: {told}{_left_out(other)}")
    try:
        return Lesson(wear, enrol(wear.clothing, against, common))
    except WeakEnrolmentError as error:
        few_others = other is not None and len(wear.used) >= MIN_EXAMPLES > len(other.used)
        blamed = other if other is not None and few_others else wear
        return Lesson(wear, None, f"uniform: {blamed.folder}: {error}{_left_out(blamed)}")


def _left_out(examples: Examples) -> str:
    """How many pictures were left out, and the commonest reason, for the end of a message."""
    if not examples.unused:
        return ""
    reasons = [unused.why.partition(" as ")[0] for unused in examples.unused]
    often = max(dict.fromkeys(reasons), key=reasons.count)
    return f" ({len(reasons)} of {len(reasons) + len(examples.used)} left out, mostly: {often})"


def _uniform_folders(wear: Path) -> Sequence[Path]:
    if not wear.is_dir():
        raise PictureError(f"uniform: expected a folder with example pictures, {wear} is none")
    inside = sorted(path for path in wear.iterdir() if path.is_dir() and _has_pictures(path))
    return [wear, *inside] if _has_pictures(wear) or not inside else inside


def _has_pictures(folder: Path) -> bool:
    return any(path.suffix.lower() in PICTURES for path in folder.iterdir())


def _pictures(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise PictureError(f"uniform: expected a folder with example pictures, {folder} is none")
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in PICTURES)
