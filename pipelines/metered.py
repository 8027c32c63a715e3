"""A sink that counts what a run finds: looks, events, clips, the cameras' health."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, get_args

from pipelines.hall.site import Camera, Site
from pipelines.metrics import (
    CAMERA_STATE,
    CLIP_FAILURES,
    DECODE_ERRORS,
    EVENTS,
    FRAMES,
    LOOK_AGE,
    LOOK_INTERVAL,
    LOOKS,
    PICTURES_DROPPED,
    PICTURES_LOOKED_AT,
    QUEUE,
    Meter,
)
from pipelines.rules.events import CoveredAbsence, HealthEntry, RuleEvent

STATES: tuple[str, ...] = get_args(HealthEntry.model_fields["state"].annotation)
"""What a camera can suffer from."""


class Metered:
    """Tells a meter what comes by. One thread at a time may deliver, as to every sink."""

    def __init__(self, meter: Meter) -> None:
        """``meter`` takes the figures."""
        self._meter = meter
        self._looked_at: dict[str, datetime] = {}
        self._without_clip: set[str] = set()

    def begin(self, site: Site, cameras: Iterable[Camera]) -> None:
        """Give every figure its first value, so that what never happens is a 0 and a camera that is
        never reached shows in the age of its posts' looks."""
        for rule in site.active_rules:
            self._meter.add(EVENTS, rule.name, by=0)
        for camera in cameras:
            for metric in (FRAMES, DECODE_ERRORS, PICTURES_LOOKED_AT, PICTURES_DROPPED, CLIP_FAILURES):
                self._meter.add(metric, camera.id, by=0)
            self._meter.set(QUEUE, camera.id, value=0)
            for state in STATES:
                self._meter.set(CAMERA_STATE, camera.id, state, value=0)
            for post in site.posts_of(camera.id):
                self._meter.mark(LOOK_AGE, camera.id, post.id)

    def event(self, event: RuleEvent) -> None:
        """Count an event once, when it opens, and a clip that is missing once the evidence is complete.

        A closed event comes twice: when it has closed, and with its evidence.
        """
        if event.state == "open":
            self._meter.add(EVENTS, event.rule)
        elif event.clip is not None:
            self._without_clip.discard(event.id)
        elif event.id in self._without_clip:
            self._without_clip.remove(event.id)
            self._meter.add(CLIP_FAILURES, event.camera)
        else:
            self._without_clip.add(event.id)

    def health(self, entry: HealthEntry) -> None:
        """Remember which state a camera is in."""
        self._meter.set(CAMERA_STATE, entry.camera, entry.state, value=float(entry.end is None))

    def covered(self, absence: CoveredAbsence) -> None:
        """Not counted: nobody is asked about it."""

    def observation(self, line: dict[str, Any]) -> None:
        """Count a look, and how old the one before it had become."""
        camera, post, t = line["camera"], line["post"], datetime.fromisoformat(line["t"])
        self._meter.add(LOOKS, camera, post)
        self._meter.mark(LOOK_AGE, camera, post)
        before = self._looked_at.get(post)
        if before is not None:
            self._meter.observe(LOOK_INTERVAL, camera, post, value=(t - before).total_seconds())
        self._looked_at[post] = t

    def progress(self, seconds_done: float, seconds_total: float | None) -> None:
        """Not counted."""
