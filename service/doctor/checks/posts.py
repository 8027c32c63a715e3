"""Each post on its camera's newest picture: enough pixels, and a person where one should be."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from models.detector import Crop
from models.manifest import ModelError
from pipelines.looking.eyes import Eyes
from service.doctor.finding import Args, Finding, Level, ok, unknown, warning
from service.doctor.glimpse import Glimpse
from service.doctor.patient import Patient
from vision.detections import Detections
from vision.geometry import coverage
from vision.posts import MIN_COVERAGE, Post
from vision.view import sort_people

ORDER = 60
SURE_PERSON = 0.4
SMALLEST_PERSON_PX = 100
"""A seated person's visible height below which a phone in the hands has some 8 pixels."""
SMALLEST_SHARE = 0.35
"""Share of the zone's height below which a person is too small for it to be drawn around their place."""
TOUCHES = 0.1


def examine(patient: Patient) -> Iterator[Finding]:
    """All posts of the site, in its order."""
    if patient.site is None:
        return
    eyes = patient.eyes
    for post in patient.site.posts:
        seen = patient.seen(post.camera)
        if seen is None:
            yield unknown("no_picture", post.id, post=post.id, camera=post.camera)
            continue
        if isinstance(eyes, ModelError):
            yield unknown("no_models", post.id, post=post.id)
            continue
        yield from pixels(post, seen, eyes.detector.size)
        yield people(post, seen, eyes)


def pixels(post: Post, seen: Glimpse, size: tuple[int, int]) -> Iterator[Finding]:
    """Whether the post's crop has as many pixels as the model takes."""
    x1, y1, x2, y2 = post.crop(seen.width, seen.height)
    width, height = x2 - x1, y2 - y1
    few = max(width, height) < max(size)
    shown: Args = {"post": post.id, "width": width, "height": height, "input": max(size)}
    yield Finding(Level.WARNING if few else Level.OK, "few_pixels" if few else "pixels", post.id, shown)


def people(post: Post, seen: Glimpse, eyes: Eyes) -> Finding:
    """Whether somebody of a plausible size is in the staff zone now."""
    if not seen.state.tells:
        return unknown("no_picture", post.id, post=post.id, camera=post.camera)
    crop = Crop(seen.image, post.crop(seen.width, seen.height))
    found = eyes.see([crop])[0].people
    sure = found.take(found.scores >= SURE_PERSON)
    staff, visitors = sort_people(post, sure, seen.width, seen.height)
    if len(staff):
        return plausible(post, seen.height, staff)
    zone = post.staff_polygon(seen.width, seen.height)
    beside = coverage(sure.boxes, zone) if len(sure) else np.zeros(0, np.float32)
    if len(beside) > len(visitors) and TOUCHES < beside.max() < MIN_COVERAGE:
        return warning("beside", post.id, post=post.id, percent=round(100 * float(beside.max())))
    return unknown("nobody", post.id, post=post.id)


def plausible(post: Post, height: int, staff: Detections) -> Finding:
    """Whether those in the zone are as many and as large as they should be; ``height`` is the picture's."""
    if len(staff) > post.staff:
        return warning("crowd", post.id, post=post.id, count=len(staff), staff=post.staff)
    tallest = float((staff.boxes[:, 3] - staff.boxes[:, 1]).max())
    zone = post.staff_polygon(1, height)
    share = tallest / float(zone[:, 1].max() - zone[:, 1].min())
    if share < SMALLEST_SHARE:
        return warning("zone_large", post.id, post=post.id, percent=round(100 * share))
    if tallest < SMALLEST_PERSON_PX:
        return warning("person_small", post.id, post=post.id, pixels=round(tallest))
    return ok("person", post.id, post=post.id, pixels=round(tallest), count=len(staff))
