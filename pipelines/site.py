"""The site file: cameras, posts, schedule and rules of one hall, checked line by line.

Every error names the file, the line, the field and what was expected. Secrets come from the
environment as ``${NAME}`` in a camera's url; they are filled in only when a camera is opened, so
that no error, log or dump of a site can hold one.
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import quote
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from pipelines.regulation import load
from pipelines.rules.regulation import Rule, SiteRules
from pipelines.rules.schedule import Schedule, ScheduleSettings
from pipelines.wording import expectation
from vision.posts import Post

_SECRET = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_HAS_LOGIN = re.compile(r"[^/@]*:[^@]*@")
_QUERY = re.compile(r"\?\S*")
_URL = re.compile(r"[^\s'\"]*://[^\s'\"]*")


Transport = Literal["tcp", "udp"]


class SiteError(Exception):
    """A site file cannot be used; the message is one line: file, line, field, what was expected."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"expected a time zone like Asia/Shanghai, got {name!r}") from error
    return name


class Camera(_Strict):
    """One camera: where its stream is."""

    id: str = Field(pattern=r"^[A-Za-z0-9_-]{1,40}$")
    url: str = Field(min_length=1, repr=False, description="rtsp://, http://, or a file's path")
    transport: Transport = Field(default="tcp", description="how RTSP carries the pictures: tcp or udp")

    def resolved(self, environment: Mapping[str, str] | None = None) -> str:
        """The url with its secrets filled in; SiteError names a variable that is not set.

        What is filled in before the host is a user name or password: it is quoted, so that it may hold
        any character.
        """
        values = os.environ if environment is None else environment
        login = self.url.rfind("@") if "://" in self.url else -1

        def fill(match: re.Match[str]) -> str:
            name = match.group(1)
            if name not in values:
                raise SiteError(f"camera {self.id}: url: expected the environment variable {name} to be set")
            return quote(values[name], safe="") if match.start() < login else values[name]

        return _SECRET.sub(fill, self.url)


class Evidence(_Strict):
    """The `evidence:` of a site: how much video goes into a clip, in seconds."""

    pre_roll_s: float = Field(default=5, ge=0, le=60, description="video before the event")
    post_roll_s: float = Field(default=5, ge=0, le=60, description="video after the event")
    max_clip_s: float = Field(default=600, ge=10, le=3600, description="longest clip")


class Uniform(_Strict):
    """The `uniform:` of a site: folders of example pictures, relative to the site file."""

    wear: str = Field(
        description="folder with 5 to 50 crops of people in uniform; a folder inside it is another uniform"
    )
    other: str | None = Field(
        default=None, description="folder with 5 to 50 crops of people in other clothes; best given"
    )


class Site(_Strict):
    """A whole site file. Only hall, timezone, cameras and posts are required."""

    hall: str = Field(min_length=1)
    timezone: Annotated[str, AfterValidator(_known_zone)]
    cameras: tuple[Camera, ...] = Field(min_length=1)
    posts: tuple[Post, ...] = Field(min_length=1)
    schedule: ScheduleSettings = ScheduleSettings()
    rules: SiteRules = SiteRules()
    evidence: Evidence = Evidence()
    uniform: Uniform | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        cameras = [camera.id for camera in self.cameras]
        for what, ids in (("cameras", cameras), ("posts", [post.id for post in self.posts])):
            doubled = sorted({name for name in ids if ids.count(name) > 1})
            if doubled:
                raise ValueError(f"{what}: expected each id once, got {doubled[0]!r} twice")
        for i, post in enumerate(self.posts):
            if post.camera not in cameras:
                known = ", ".join(cameras)
                raise ValueError(
                    f"posts.{i}.camera: expected one of the cameras ({known}), got {post.camera!r}"
                )
        load().with_site(self.rules)
        return self

    @property
    def zone(self) -> ZoneInfo:
        """The hall's time zone."""
        return ZoneInfo(self.timezone)

    @property
    def calendar(self) -> Schedule:
        """The hall's shifts."""
        return Schedule(self.schedule.shifts, self.zone)

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
        source = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no UTF-8 text"
        raise SiteError(f"{path}: expected a site file in YAML, {reason}") from error
    try:
        node = yaml.compose(source, Loader=yaml.SafeLoader)
        data: Any = yaml.safe_load(source)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}:{mark.line + 1}" if mark is not None else str(path)
        problem = getattr(error, "problem", None) or "it cannot be read"
        raise SiteError(_without_urls(f"{where}: expected YAML, {problem}")) from None
    if not isinstance(data, dict) or node is None:
        raise SiteError(f"{path}:1: expected a site file with hall, timezone, cameras and posts")
    try:
        _refuse_doubled_keys(path, node)
        return Site.model_validate(data)
    except RecursionError:
        raise SiteError(f"{path}: expected a site file, its parts contain themselves") from None
    except ValidationError as error:
        told = _without_urls(_explain(path, node, error))
    raise SiteError(told)


def place_of(path: Path, *location: int | str) -> str:
    """``path:line`` of a field of a site file that was loaded, the path alone when it is gone by now."""
    try:
        node = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except (OSError, ValueError, yaml.YAMLError):
        return str(path)
    return str(path) if node is None else f"{path}:{_line(node, location)}"


def _without_urls(message: str) -> str:
    """A message that may quote the file, without what may hold a password."""
    return _URL.sub("…://…", message)


def _refuse_doubled_keys(path: Path, node: yaml.Node) -> None:
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if key.value in seen:
                line = key.start_mark.line + 1
                told = f"{path}:{line}: {key.value}: expected each key once, got it twice"
                raise SiteError(_without_urls(told))
            seen.add(key.value)
            _refuse_doubled_keys(path, value)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            _refuse_doubled_keys(path, item)


def _explain(path: Path, node: yaml.Node, error: ValidationError) -> str:
    first = _most_telling(node, error)
    location: tuple[int | str, ...] = tuple(part for part in first["loc"] if part != "tuple[...]")
    message = expectation(first, secret="url" in first["loc"])
    inner = re.match(r"((?:\w+\.)+\w+|cameras|posts): (.*)", message, re.DOTALL)
    if not location and inner:
        location = tuple(int(part) if part.isdigit() else part for part in inner.group(1).split("."))
        message = inner.group(2)
    field = ".".join(str(part) for part in location) or "the file"
    if first["type"] == "extra_forbidden":
        known = ", ".join(_known_keys(location[:-1]))
        message = f"expected one of {known}, got the unknown key {location[-1]!r}"
    return f"{path}:{_line(node, location)}: {field}: {' '.join(message.split())}"


def _most_telling(node: yaml.Node, error: ValidationError) -> Any:
    """The first error by line that is not only the echo of one deeper inside; a misspelt key first."""
    errors = error.errors()
    inner = [e for e in errors if not any(_contains(e["loc"], other["loc"]) for other in errors)]
    return min(inner, key=lambda e: (e["type"] != "extra_forbidden", _line(node, e["loc"])))


def _contains(outer: tuple[int | str, ...], inner: tuple[int | str, ...]) -> bool:
    return len(inner) > len(outer) and inner[: len(outer)] == outer


def _line(node: yaml.Node, location: tuple[int | str, ...]) -> int:
    """Line (from 1) where a field stands, or the nearest part of its path that is there."""
    line = node.start_mark.line + 1
    for part in location:
        if isinstance(node, yaml.MappingNode):
            entry = next(((k, v) for k, v in node.value if k.value == str(part)), None)
            if entry is None:
                break
            line, node = entry[0].start_mark.line + 1, entry[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
    return line


def _known_keys(location: tuple[int | str, ...]) -> list[str]:
    model: Any = Site
    for part in location:
        if isinstance(part, str) and isinstance(model, type) and issubclass(model, BaseModel):
            model = _inner_model(model.model_fields[part].annotation)
    return [field.alias or name for name, field in model.model_fields.items()]


def _inner_model(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in getattr(annotation, "__args__", ()):
        found = _inner_model(inner)
        if found is not None:
            return found
    return None
