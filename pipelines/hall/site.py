"""The site file: cameras, posts, schedule and rules of one hall, checked line by line.

Every error names the file, the line, the field and what was expected. Secrets come from the
environment as ``${NAME}`` in a camera's url; they are filled in only when a camera is opened, so
that no error, log or dump of a site can hold one.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    field_validator,
    model_validator,
)

from pipelines.hall.alerting import Alerts
from pipelines.hall.document import DocumentError, read_document
from pipelines.hall.environment import UnsetVariableError, filled
from pipelines.hall.holidays import calendar_of
from pipelines.hall.ids import check_different
from pipelines.regulation import load
from pipelines.rules.regulation import Rule, SiteRules
from pipelines.rules.schedule import Schedule, ScheduleSettings
from pipelines.streams.devices import Device, is_device
from vision.mistake import MistakeError
from vision.placard import TEXTS, plain_text
from vision.posts import Post

_HAS_LOGIN = re.compile(r"[^/@]*:[^@]*@")
_QUERY = re.compile(r"\?\S*")


Transport = Literal["tcp", "udp"]


class SiteError(DocumentError):
    """A site file cannot be used; the message is one line: file, line, field, what was expected."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise MistakeError(
            "time_zone", "expected a time zone like Asia/Shanghai, got {got!r}", got=name
        ) from error
    return name


def _readable(text: str) -> str:
    if len(plain_text(text)) < 2:
        raise MistakeError(
            "placard", "expected a placard's text of two letters or more, got {got!r}", got=text
        )
    return text


PlacardText = Annotated[str, AfterValidator(_readable)]


class Camera(_Strict):
    """One camera: where its stream is, or its two streams."""

    id: str = Field(pattern=r"^[A-Za-z0-9_-]{1,40}$", description="short name, unique in the hall")
    url: str = Field(min_length=1, repr=False, description="rtsp://, http://, /dev/video0, or a file's path")
    sub_url: str | None = Field(
        default=None,
        min_length=1,
        repr=False,
        description="a smaller stream of the same picture: it is looked at, and url is only recorded",
    )
    transport: Transport = Field(default="tcp", description="how RTSP carries the pictures: tcp or udp")

    @field_validator("url", "sub_url")
    @classmethod
    def _known_device(cls, url: str | None) -> str | None:
        if url is not None and is_device(url):
            Device.of(url)
        return url

    @model_validator(mode="after")
    def _two_live_streams(self) -> Self:
        if self.sub_url is not None and not (is_live(self.url) and is_live(self.sub_url)):
            raise MistakeError("two_streams", "expected two live streams as url and sub_url, no file")
        return self

    def resolved(self, environment: Mapping[str, str] | None = None) -> str:
        """The url with its secrets filled in; SiteError names a variable that is not set."""
        return self._filled("url", self.url, environment)

    def resolved_sub(self, environment: Mapping[str, str] | None = None) -> str | None:
        """The same for the sub stream, None when there is none."""
        return None if self.sub_url is None else self._filled("sub_url", self.sub_url, environment)

    def _filled(self, field: str, url: str, environment: Mapping[str, str] | None) -> str:
        try:
            return filled(url, environment)
        except UnsetVariableError as name:
            told = f"camera {self.id}: {field}: expected the environment variable {name} to be set"
        raise SiteError(told)


def is_live(url: str) -> bool:
    """Whether a url is a stream that goes on by itself, not a file with an end."""
    return is_device(url) or ("://" in url and not url.startswith("file://"))


class Evidence(_Strict):
    """The `evidence:` of a site: how much video goes into a clip, in seconds, and where it waits."""

    pre_roll_s: float = Field(default=5, ge=0, le=60, description="video before the event")
    post_roll_s: float = Field(default=5, ge=0, le=60, description="video after the event")
    max_clip_s: float = Field(default=600, ge=10, le=3600, description="longest clip")
    memory_mib: int = Field(
        default=1024,
        ge=16,
        le=1_048_576,
        description="memory for the newest video of all cameras together; what is older waits on disk",
    )


class Uniform(_Strict):
    """The `uniform:` of a site: folders of example pictures, relative to the site file."""

    wear: str = Field(
        description="folder with 5 to 50 crops of people in uniform; a folder inside it is another uniform"
    )
    other: str | None = Field(
        default=None, description="folder with 5 to 50 crops of people in other clothes; best given"
    )


class Placards(_Strict):
    """The `placards:` of a site: what is read on the counter of a post without staff."""

    read: bool = Field(default=True, description="false: no placard is read")
    texts: tuple[PlacardText, ...] = Field(
        default=(), description="texts of the hall's own placards, beside the usual ones"
    )

    @property
    def all_texts(self) -> tuple[str, ...]:
        """The usual texts and the hall's own; none when nothing is to be read."""
        return (*TEXTS, *self.texts) if self.read else ()


class Site(_Strict):
    """A whole site file. Only hall, timezone, cameras and posts are required."""

    hall: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
    timezone: Annotated[str, AfterValidator(_known_zone)]
    cameras: tuple[Camera, ...] = Field(min_length=1)
    posts: tuple[Post, ...] = Field(min_length=1)
    schedule: ScheduleSettings = ScheduleSettings()
    rules: SiteRules = SiteRules()
    evidence: Evidence = Evidence()
    uniform: Uniform | None = None
    calibration: str | None = Field(
        default=None, description="file that `conduct calibrate` wrote, relative to the site file"
    )
    placards: Placards = Placards()
    alerts: Alerts = Alerts()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        cameras = [camera.id for camera in self.cameras]
        check_different("cameras", cameras)
        check_different("posts", [post.id for post in self.posts])
        for i, post in enumerate(self.posts):
            if post.camera not in cameras:
                known = ", ".join(cameras)
                raise MistakeError(
                    "unknown_camera",
                    "expected one of the cameras ({choices}), got {got!r}",
                    f"posts.{i}.camera",
                    choices=known,
                    got=post.camera,
                )
        for i, pause in enumerate(self.schedule.breaks):
            unknown = [name for name in pause.posts if all(post.id != name for post in self.posts)]
            if unknown:
                raise MistakeError(
                    "unknown_post",
                    "expected ids of posts, got the unknown {got!r}",
                    f"schedule.breaks.{i}.posts",
                    got=unknown[0],
                )
        load().with_site(self.rules)
        self.alerts.check(load().rules, [post.id for post in self.posts])
        return self

    @property
    def zone(self) -> ZoneInfo:
        """The hall's time zone."""
        return ZoneInfo(self.timezone)

    @property
    def calendar(self) -> Schedule:
        """The hall's shifts, breaks and holidays."""
        return calendar_of(self.schedule, self.zone)

    @property
    def active_rules(self) -> tuple[Rule, ...]:
        """The rules that are on, with the site's settings."""
        return load().with_site(self.rules)

    def camera(self, camera_id: str) -> Camera | None:
        """A camera by id, None when there is none."""
        return next((camera for camera in self.cameras if camera.id == camera_id), None)

    def posts_of(self, camera_id: str) -> tuple[Post, ...]:
        """The posts that a camera sees."""
        return tuple(post for post in self.posts if post.camera == camera_id)


def hide_login(url: str) -> str:
    """A url as it may be shown: without user name, password and query."""
    if not _HAS_LOGIN.match(url):
        return _QUERY.sub("?…", url) if "://" in url else url
    scheme, sign, rest = url.rpartition("://")
    return _QUERY.sub("?…", f"{scheme}{sign}…@{rest.rpartition('@')[2]}")


def load_site(path: Path) -> Site:
    """Read and check a site file; SiteError is one line with file, line, field and expectation."""
    try:
        return read_document(path, Site, "a site file with hall, timezone, cameras and posts")
    except DocumentError as error:
        raise SiteError(str(error), error.where, error.fault) from None
