"""A draft's rules tried on the kept looks: what these cannot speak of, and which events there are. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pipelines.evaluate import Interval, evaluate
from pipelines.replay.trial import Told
from pipelines.rules.events import RuleEvent
from service.store import StoredPost

WhyNot = Literal["zones", "camera", "new", "no_looks"]
_ZONES = ("staff_zone", "visitor_zone", "telephone_zone", "placard_zone", "staff")
_SEEN_WITH: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "absent": (("placards",),),
    "eating": (("rules", "eating", "drinking"),),
    "out_of_uniform": (("uniform",),),
}
"""What of the site a rule's looks were made with: where it changes, they do not say what would be seen."""


@dataclass(frozen=True, slots=True)
class Unspoken:
    """What the looks cannot speak of: posts by id with the reason, and rules."""

    posts: Mapping[str, WhyNot]
    rules: tuple[str, ...]


def unspoken(draft: Mapping[str, Any], saved: Mapping[str, Any], watched: Iterable[StoredPost]) -> Unspoken:
    """What changes in a whole draft other than how looks are judged; ``watched`` are the posts of the run."""
    before = {post["id"]: post for post in saved.get("posts", ())}
    running = {post.id: post for post in watched if post.active}
    moved = {one["id"] for one in draft["cameras"] if one.get("url") != _url(saved, one["id"])}
    posts: dict[str, WhyNot] = {}
    for post in draft["posts"]:
        why = _why_not(post, before.get(post["id"]), running.get(post["id"]), moved)
        if why is not None:
            posts[post["id"]] = why
    changed = [
        rule
        for rule, paths in _SEEN_WITH.items()
        if any(_at(draft, path) != _at(saved, path) for path in paths)
    ]
    return Unspoken(posts, tuple(changed))


def with_events(told: Iterable[Told], events: Iterable[RuleEvent], until: float) -> dict[Told, str]:
    """The ids of the events that were asked: one to one, most overlap first."""
    ours = {_interval(one, until): one for one in told}
    theirs = {
        Interval(
            one.post, one.rule, one.start.timestamp(), until if one.end is None else one.end.timestamp()
        ): one.id
        for one in events
    }
    matches = [match for score in evaluate(theirs, ours) for match in score.matched]
    return {ours[match.truth]: theirs[match.event] for match in matches}


def _why_not(
    post: Mapping[str, Any],
    before: Mapping[str, Any] | None,
    running: StoredPost | None,
    moved: Iterable[str],
) -> WhyNot | None:
    if before is None:
        return "new"
    if post["camera"] in moved or post["camera"] != before["camera"]:
        return "camera"
    if any(_plain(post.get(zone)) != _plain(before.get(zone)) for zone in _ZONES):
        return "zones"
    if running is not None and (post["camera"] != running.camera or _moved(post, running)):
        return "zones"
    return None


def _moved(post: Mapping[str, Any], running: StoredPost) -> bool:
    """Whether the run watches other zones: the file was saved, and the service not started anew."""
    return any(
        _plain(post.get(zone)) != _plain(getattr(running, zone)) for zone in ("staff_zone", "visitor_zone")
    )


def _plain(zone: Any) -> Any:
    """A zone from a file, a page or the store alike: lists of floats; a number as it is."""
    if isinstance(zone, list | tuple):
        return [_plain(part) for part in zone]
    return float(zone) if isinstance(zone, int | float) else zone


def _url(site: Mapping[str, Any], camera: str) -> Any:
    return next((one.get("url") for one in site.get("cameras", ()) if one.get("id") == camera), None)


def _at(site: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        site = site.get(key) if isinstance(site, Mapping) else None
    return site


def _interval(told: Told, until: float) -> Interval:
    asked = told.asked
    return Interval(asked.post, asked.rule, asked.start, until if asked.end is None else asked.end)
