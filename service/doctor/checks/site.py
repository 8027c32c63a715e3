"""The site file: can it be read, are the zones and the uniform's examples sensible."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import cv2
import numpy as np

from models.manifest import ModelError
from pipelines.hall.site import Site
from pipelines.looking.eyes import PictureError
from pipelines.looking.uniform import learn
from service.doctor.finding import Finding, ok, problem, unknown, warning
from service.doctor.patient import Patient
from vision.posts import Post

ORDER = 30
GRID = 256
"""Zones are compared on a picture of so many pixels a side."""
SHARED = 0.25
"""Share of the smaller zone from which two staff zones overlap too much: one person staffs both posts."""


def examine(patient: Patient) -> Iterator[Finding]:
    """The file, then what stands in it."""
    if patient.site_file is None:
        yield unknown("none")
        return
    site = patient.site
    if site is None:
        yield problem("broken", reason=str(patient.site_error))
        return
    yield ok("read", hall=site.hall, cameras=len(site.cameras), posts=len(site.posts))
    yield from cameras_without_posts(site)
    yield from overlapping(site)
    yield from uniform(patient, site)


def cameras_without_posts(site: Site) -> Iterator[Finding]:
    """Cameras that are decoded for nothing."""
    for camera in site.cameras:
        if not site.posts_of(camera.id):
            yield warning("idle_camera", camera.id, camera=camera.id)


def overlapping(site: Site) -> Iterator[Finding]:
    """Posts of one camera whose staff zones share ground."""
    for camera in site.cameras:
        for one, other in combinations(site.posts_of(camera.id), 2):
            share = shared(one, other)
            if share > SHARED:
                yield warning("overlap", one.id, one=one.id, other=other.id, percent=round(100 * share))


def shared(one: Post, other: Post) -> float:
    """How much of the smaller staff zone lies in the other."""
    a, b = _mask(one), _mask(other)
    return float((a & b).sum() / max(min(a.sum(), b.sum()), 1))


def _mask(post: Post) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    mask = np.zeros((GRID, GRID), np.uint8)
    cv2.fillPoly(mask, [np.round(post.staff_polygon(GRID, GRID)).astype(np.int32)], (1,))
    return mask.astype(np.bool_)


def uniform(patient: Patient, site: Site) -> Iterator[Finding]:
    """Whether the uniform can be learnt from its examples, and how well."""
    wanted = "out_of_uniform" in {rule.name for rule in site.active_rules}
    if site.uniform is None:
        if wanted:
            yield warning("no_uniform")
        return
    eyes = patient.eyes
    if isinstance(eyes, ModelError):
        yield unknown("uniform_unseen")
        return
    other = None if site.uniform.other is None else patient.folder / site.uniform.other
    try:
        lessons = learn(eyes, patient.folder / site.uniform.wear, other)
    except PictureError as error:
        yield problem("uniform_broken", reason=str(error))
        return
    if lessons.error is not None:
        yield problem("uniform_broken", reason=lessons.error)
        return
    for weakness in lessons.weaknesses:
        yield warning("uniform_weak", reason=weakness)
    yield ok("uniform", count=sum(len(lesson.examples.used) for lesson in lessons.uniforms))
