"""Clips of stretches in which nothing was flagged, drawn at random (`pipelines.rules.spots`), of one camera.

A clip is cut from the ring like an event's, but says nothing of anybody: it has no rule, no boxes, no
snapshot. It gets its name once the stretch is known to stand; until then, and for good when the run ends
before, nothing of it is told.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from pipelines.evidence.recorder import Clip, ClipError, Ring, Stream
from pipelines.evidence.timeline import SPOTS
from pipelines.hall.site import Site
from pipelines.observations import Look
from pipelines.rules.belief import BRIDGE_S
from pipelines.rules.engine import PostState, Ruling
from pipelines.rules.events import at, event_id
from pipelines.rules.schedule import Schedule
from pipelines.rules.spots import Draw, PostSpots, Spot
from pipelines.rules.watched import seen_as
from vision.posts import Post

log = logging.getLogger(__name__)


class SpotCheck(BaseModel):
    """A stretch of a post's time in which nothing was flagged, and its clip."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(description="from post and start: a replay never makes a second copy")
    post: str
    camera: str
    start: AwareDatetime
    end: AwareDatetime
    lead_s: float = Field(description="seconds of the clip before the stretch: it begins at a keyframe")
    chance: float = Field(gt=0, le=1, description="how probable it was that this stretch was drawn")
    rules: tuple[str, ...] = Field(description="the rules that were watched at the post")
    clip: str = Field(description="relative to the run's output folder")


@dataclass(frozen=True, slots=True)
class SpotPlan:
    """That a run draws spot checks, and who is told of each that is whole."""

    draw: Draw
    tell: Callable[[SpotCheck], None]


class SpotDesk:
    """The spot checks of one camera's posts."""

    def __init__(self, camera: str, site: Site, plan: SpotPlan, schedule: Schedule, folder: Path) -> None:
        """``schedule`` is when the site's posts are in shift, ``folder`` the run's output folder."""
        self.camera, self._plan, self._folder, self._zone = camera, plan, folder, site.zone
        self._rules, hall_posts = site.active_rules, len(site.posts)
        self._posts = {
            post.id: PostSpots(post.id, plan.draw, hall_posts, schedule) for post in site.posts_of(camera)
        }
        self._clips: dict[tuple[str, Spot], Clip] = {}
        self._ring: Ring | None = None
        self._stream: Stream | None = None

    def tell(self, checks: Iterable[SpotCheck]) -> None:
        """Hand on what `looked` gave."""
        for check in checks:
            self._plan.tell(check)

    def go_on(self, states: Mapping[str, PostState]) -> None:
        """Know what is pending or open at the posts from an earlier process."""
        for post, state in states.items():
            self._posts[post].go_on(self._rules, state.machines)

    def record_from(self, ring: Ring, stream: Stream | None) -> None:
        """Clips are cut from this ring from now on; those that are not whole end here and come to nothing."""
        for (post, spot), clip in list(self._clips.items()):
            if not _is_whole(clip, spot):
                self._drop(post, spot)
        self._ring, self._stream = ring, stream

    def looked(self, post: Post, look: Look, rulings: Iterable[Ruling]) -> list[SpotCheck]:
        """Take in one look of a post and its rulings that are no cover's; gives the checks that stand."""
        plain = seen_as(look.presence, look.cover) in ("staffed", "unstaffed")
        found = self._posts[post.id].look(look.t, plain, rulings)
        for spot in found.dropped:
            self._drop(post.id, spot)
        if found.begun is not None:
            self._begin(post.id, found.begun)
        for (of, spot), clip in list(self._clips.items()):
            if of == post.id and not self._grow(spot, clip, look.t):
                self._drop(of, spot)
        made = [self._finish(post.id, spot) for spot in found.kept]
        return [check for check in made if check is not None]

    def close(self) -> None:
        """The run is over: what is not decided comes to nothing."""
        for post, spot in list(self._clips):
            self._drop(post, spot)

    def _begin(self, post: str, spot: Spot) -> None:
        if self._ring is None or self._stream is None:
            self._posts[post].forget(spot)
            return
        path = self._folder / SPOTS / f"{self._id(post, spot)}.mp4"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            clip = Clip(path, self._stream, self._ring, spot.start)
        except (ClipError, OSError) as error:
            self._say(error)
            self._posts[post].forget(spot)
            return
        self._clips[post, spot] = clip

    def _grow(self, spot: Spot, clip: Clip, t: float) -> bool:
        """Take over the video that there is of a stretch at event time ``t``; says whether that went well."""
        if clip.t0 > spot.start:  # what comes first was not recorded
            return False
        try:
            clip.grow(min(t, spot.end))
        except ClipError as error:
            self._say(error)
            return False
        return True

    def _finish(self, post: str, spot: Spot) -> SpotCheck | None:
        clip = self._clips.pop((post, spot), None)
        if clip is None:
            return None
        try:
            if not _is_whole(clip, spot):
                raise ClipError(f"{clip.path.name}: expected video up to its end, there is less", "no_video")
            path = clip.finish()
        except ClipError as error:
            self._say(error)
            clip.discard()
            return None
        return SpotCheck(
            id=self._id(post, spot),
            post=post,
            camera=self.camera,
            start=at(spot.start, self._zone),
            end=at(spot.end, self._zone),
            lead_s=round(spot.start - clip.t0, 3),
            chance=spot.chance,
            rules=tuple(rule.name for rule in self._rules),
            clip=f"{SPOTS}/{path.name}",
        )

    def _drop(self, post: str, spot: Spot) -> None:
        self._posts[post].forget(spot)
        clip = self._clips.pop((post, spot), None)
        if clip is not None:
            clip.discard()

    def _id(self, post: str, spot: Spot) -> str:
        return event_id(post, "spot check", at(spot.start, self._zone))

    def _say(self, error: Exception) -> None:
        log.warning("camera %s: a spot check came to nothing: %s", self.camera, error)


def _is_whole(clip: Clip, spot: Spot) -> bool:
    return clip.last_t >= spot.end - BRIDGE_S
