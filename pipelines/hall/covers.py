"""Covers that people enter - breaks, leave, substitutes, closed windows, pauses - and where they come from.

A file of them::

    covers:
      - {kind: leave, posts: [w01], from: 2026-01-05T10:00, to: 2026-01-05T11:30, note: 培训}
      - {kind: closed, posts: all, from: 2026-01-06, to: 2026-01-07}     # both days, whole
      - {kind: pause, posts: [w02], from: 2026-01-05T14:00}              # until somebody ends it

Times without an offset are the hall's own.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Annotated, Literal, Protocol

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from pipelines.hall.document import DocumentError, place_of, read_document
from pipelines.rules.covers import Cover, CoverKind
from pipelines.rules.schedule import Schedule

RecordedKind = Literal["break", "leave", "substitute", "closed", "pause"]
"""The kinds that people enter; a placard is read."""
NOTE_LIMIT = 500
NEAR_S = 2 * 86_400.0
"""Covers further away from a look than this are not asked about: years of them may be known."""
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_MIDNIGHT = re.compile(r"(\d{4}-\d{2}-\d{2})[T ]24:00(:00)?(?P<offset>[+-].*|Z)?")


class CoverSource(Protocol):
    """Where a run asks which covers there are; it may be asked by any thread, at every look."""

    def of(self, post: str) -> Sequence[Cover]:
        """A post's covers as they are known now, those of the last and the next day at least."""


class FixedCovers:
    """Covers that do not change while a run lasts."""

    def __init__(self, by_post: Mapping[str, Sequence[Cover]]) -> None:
        """``by_post`` are the covers of each post; a post that is not in it has none."""
        self._by_post = {post: tuple(covers) for post, covers in by_post.items()}

    def of(self, post: str) -> Sequence[Cover]:
        """See `CoverSource`."""
        return self._by_post.get(post, ())


NO_COVERS = FixedCovers({})
"""Nobody entered any."""


class HallCovers:
    """The breaks of a hall's schedule, and what else was entered."""

    def __init__(self, schedule: Schedule, entered: CoverSource) -> None:
        """``entered`` are the covers beside the schedule's breaks."""
        self._schedule, self._entered = schedule, entered

    def around(self, post: str, t: float) -> Sequence[Cover]:
        """A post's covers of the days around event time ``t``."""
        spans = self._schedule.breaks_around(t, post) if self._schedule.breaks else ()
        breaks = [Cover(CoverKind.BREAK, span.start, span.end, id=f"{span.start:.0f}") for span in spans]
        near = [c for c in self._entered.of(post) if c.end > t - NEAR_S and c.start < t + NEAR_S]
        return [*breaks, *near]


def moment(text: str, zone: tzinfo, *, whole_day: bool = False) -> datetime:
    """An ISO 8601 time, in the hall's zone where it has no offset; a date alone is its first moment.

    With ``whole_day`` a date alone is the end of that day. 24:00 is the next day's first moment. Raises
    ValueError.
    """
    later = timedelta(days=1 if whole_day and _DAY.fullmatch(text) else 0)
    midnight = _MIDNIGHT.fullmatch(text)
    if midnight is not None:
        text, later = f"{midnight[1]}T00:00{midnight['offset'] or ''}", timedelta(days=1)
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"expected an ISO 8601 time like 2026-01-05T09:00, got {text[:40]!r}") from None
    if not 1970 < found.year < 2200:
        raise ValueError(f"expected a year from 1971 to 2199, got {found.year}")
    found += later
    return found.replace(tzinfo=zone) if found.tzinfo is None else found.astimezone(zone)


def _a_time(text: str) -> str:
    moment(text, UTC)  # any zone: only the form is looked at here
    return text


Moment = Annotated[str, AfterValidator(_a_time)]


class CoverEntry(BaseModel):
    """One cover as people write it."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    kind: RecordedKind = Field(description="Why the posts may be without staff.")
    posts: Literal["all"] | tuple[str, ...] = Field(description="Ids of posts, or all.")
    start: Moment = Field(alias="from", description="ISO 8601; without an offset in the hall's zone.")
    end: Moment | None = Field(default=None, alias="to", description="Likewise; none = until it is ended.")
    note: str = Field(default="", max_length=NOTE_LIMIT, description="Anything; nothing about health.")


class _CoverFile(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    covers: tuple[CoverEntry, ...]


class EnteredCover(BaseModel):
    """A cover of one, several or all posts, checked, with its times in the hall's zone."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(description="From kind, posts and start: entered twice, it is one.")
    kind: RecordedKind = Field(description="Why the posts may be without staff.")
    posts: tuple[str, ...] | None = Field(description="Ids of posts; null = all.")
    start: datetime = Field(description="From when on.")
    end: datetime | None = Field(description="Until when, exclusive; null = until it is ended.")
    note: str = Field(default="", description="The words of whoever entered it.")

    def cover(self) -> Cover:
        """As the rules see it."""
        end = float("inf") if self.end is None else self.end.timestamp()
        return Cover(CoverKind(self.kind), self.start.timestamp(), end, self.id, self.note)

    def is_of(self, post: str) -> bool:
        """Whether it covers a post."""
        return self.posts is None or post in self.posts


class CoverRefusedError(ValueError):
    """A cover cannot be; ``field`` is the part at fault, as people write it."""

    def __init__(self, field: str, message: str) -> None:
        """``message`` says what was expected and what came."""
        super().__init__(message)
        self.field = field


def entered(entry: CoverEntry, zone: tzinfo, known_posts: Iterable[str]) -> EnteredCover:
    """Check an entry against the hall. Raises CoverRefusedError."""
    posts = None if entry.posts == "all" else tuple(sorted(set(entry.posts)))
    known = sorted(known_posts)
    if posts is not None and not posts:
        raise CoverRefusedError("posts", "expected one or more ids of posts, or all")
    unknown = [post for post in posts or () if post not in known]
    if unknown:
        raise CoverRefusedError("posts", f"expected ids of posts ({', '.join(known)}), got {unknown[0]!r}")
    start = moment(entry.start, zone)
    end = None if entry.end is None else moment(entry.end, zone, whole_day=True)
    if end is not None and end <= start:
        raise CoverRefusedError("to", f"expected a time after from, got {entry.end!r}")
    id_ = cover_id(entry.kind, posts, start)
    return EnteredCover(id=id_, kind=entry.kind, posts=posts, start=start, end=end, note=entry.note)


def cover_id(kind: str, posts: Sequence[str] | None, start: datetime) -> str:
    """16 hex digits from kind, posts and start (as UTC milliseconds)."""
    key = f"{kind}\n{'*' if posts is None else ','.join(posts)}\n{round(start.timestamp() * 1000)}"
    return hashlib.sha256(key.encode()).hexdigest()[:16]


def load_covers(path: Path, zone: tzinfo, known_posts: Iterable[str]) -> list[EnteredCover]:
    """Read and check a file of covers. Raises DocumentError: file, line, field, what was expected."""
    file = read_document(path, _CoverFile, "a file with covers")
    known = list(known_posts)
    found: dict[str, EnteredCover] = {}
    for i, entry in enumerate(file.covers):
        try:
            cover = entered(entry, zone, known)
        except CoverRefusedError as error:
            where = place_of(path, "covers", i, error.field)
            raise DocumentError(f"{where}: covers.{i}.{error.field}: {error}") from None
        if cover.id in found:
            where = place_of(path, "covers", i)
            told = "expected each cover once, got its kind, posts and from twice"
            raise DocumentError(f"{where}: covers.{i}: {told}")
        found[cover.id] = cover
    return list(found.values())


def by_post(covers: Iterable[EnteredCover], posts: Iterable[str]) -> dict[str, tuple[Cover, ...]]:
    """Each post's covers."""
    given = list(covers)
    return {post: tuple(one.cover() for one in given if one.is_of(post)) for post in posts}
