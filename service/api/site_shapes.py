"""What /api/site takes and gives, and one example of each."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from pipelines.hall.site import Camera
from service.sitefile.changes import Change

EXAMPLE_DRAFT: dict[str, Any] = {
    "hall": "福田区行政服务大厅",
    "timezone": "Asia/Shanghai",
    "cameras": [{"id": "east", "url": "rtsp://viewer:${EAST_PASSWORD}@camera-1.hall.example/main"}],
    "posts": [
        {
            "id": "w01",
            "name": "1号窗口 社会保障",
            "camera": "east",
            "staff_zone": [[0.1, 0.2], [0.45, 0.2], [0.45, 0.6], [0.1, 0.6]],
        }
    ],
}
EXAMPLE_HASH = "9f2c61d07a3be845" * 4
EXAMPLE_SITE: dict[str, Any] = {
    "path": "/etc/conduct-monitor/site.yaml",
    "served": True,
    "needs_restart": False,
    "hash": EXAMPLE_HASH,
    "site": EXAMPLE_DRAFT,
}
EXAMPLE_CHECKED: dict[str, Any] = {
    "site": EXAMPLE_DRAFT,
    "faults": [
        {
            "field": "posts.0.staff_zone",
            "message": "expected a polygon of at least 3 points, got 2",
            "kind": "few_points",
        }
    ],
    "changes": [{"where": "rules.absent.grace_s", "before": 300, "after": 240}],
    "unset": ["EAST_PASSWORD"],
    "yaml": "hall: 福田区行政服务大厅\n",
}
EXAMPLE_SAVED: dict[str, Any] = {
    "hash": EXAMPLE_HASH,
    "backup": "site.yaml.20260105T010000Z.bak",
    "needs_restart": True,
    "changes": EXAMPLE_CHECKED["changes"],
}
EXAMPLE_PICTURE: dict[str, Any] = {
    "codec": "h264",
    "width": 1920,
    "height": 1080,
    "frame_rate": 25.0,
    "keyframe_s": 2.0,
    "jpeg": "/9j/4AAQSkZJRg==",
}


class SiteOut(BaseModel):
    """The site file as it is."""

    path: str = Field(description="Where the file is, or will be once it is saved.")
    served: bool = Field(description="Whether `conduct serve --site` was started with it.")
    needs_restart: bool = Field(description="Whether it is another file than the service was started with.")
    hash: str = Field(description="SHA-256 of the file; empty when there is none yet.")
    site: dict[str, Any] = Field(description="Its values. Secrets that stand in it in plain are hidden (…).")


class DraftIn(BaseModel):
    """A draft of the site."""

    model_config = ConfigDict(extra="forbid")

    site: dict[str, Any] = Field(description="A whole site, as a site file has it; what was hidden stays so.")


class SaveIn(DraftIn):
    """A draft that is to be the site file."""

    hash: str = Field(max_length=64, description="The hash of the file that the draft was made from.")


class UploadIn(BaseModel):
    """A site file from elsewhere."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=200, description="What the file is called.")
    yaml: str = Field(description="What stands in it.")


class FaultOut(BaseModel):
    """What is wrong with a field."""

    field: str = Field(description="Keys and numbers with points between; empty: the whole.")
    message: str = Field(description="What was expected, and what came, in the language asked for.")
    kind: str = Field(description="What is wrong, in one word for programs: missing, few_points...")


class CheckedOut(BaseModel):
    """A draft, looked at."""

    site: dict[str, Any] = Field(description="The draft. What it may not show is hidden (…).")
    faults: list[FaultOut] = Field(description="What keeps it from being saved; none: it can be.")
    changes: list[Change] = Field(description="What is different from the file as it is.")
    unset: list[str] = Field(
        description="Variables that its addresses name and nobody has set here: the service would not start."
    )
    yaml: str = Field(description="The site file that it would be.")


class SavedOut(BaseModel):
    """What was saved."""

    hash: str = Field(description="SHA-256 of the new file.")
    backup: str = Field(description="Name of the file before, beside it; empty when there was none.")
    needs_restart: bool = Field(
        description="Whether the service watches with another file until it restarts."
    )
    changes: list[Change] = Field(description="What is different now.")


class PictureIn(BaseModel):
    """A camera of the draft."""

    model_config = ConfigDict(extra="forbid")

    camera: Camera = Field(description="The camera as the draft has it.")


class PictureOut(BaseModel):
    """A picture that a camera sent just now."""

    codec: str = Field(description="How its stream is encoded.")
    width: int = Field(description="Pixels of its stream.")
    height: int = Field(description="Pixels of its stream.")
    frame_rate: float | None = Field(description="Pictures a second; null when too few came.")
    keyframe_s: float | None = Field(description="Seconds between keyframes; null when too few came.")
    jpeg: str = Field(description="The picture, JPEG in base64, 1920 pixels long at most.")
