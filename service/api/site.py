"""/api/site: the site file, a draft of it, and pictures of cameras for drawing zones on"""

from __future__ import annotations

import base64
import os
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from pipelines.document import Fault, parse_document
from pipelines.site import Camera
from service.api.access import MAY_NOT, NOT_LOGGED_IN, MaySetUp
from service.api.context import Context, ContextDep
from service.api.errors import documented
from service.api.schemas import answered
from service.auth.roles import Caller
from service.sitefile.addresses import hidden, refusal, restored, shown, unset_variables
from service.sitefile.changes import Change, changes
from service.sitefile.draft import LONGEST_TEXT, SiteRefusedError, bounded, faults, written
from service.sitefile.file import Saved

router = APIRouter(tags=["site"], responses=documented(NOT_LOGGED_IN, MAY_NOT))

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
_HASH = "9f2c61d07a3be845" * 4
EXAMPLE_SITE: dict[str, Any] = {
    "path": "/etc/conduct-monitor/site.yaml",
    "served": True,
    "needs_restart": False,
    "hash": _HASH,
    "site": EXAMPLE_DRAFT,
}
EXAMPLE_CHECKED: dict[str, Any] = {
    "site": EXAMPLE_DRAFT,
    "faults": [{"field": "posts.0.staff_zone", "message": "expected a polygon of at least 3 points, got 2"}],
    "changes": [{"where": "rules.absent.grace_s", "before": 300, "after": 240}],
    "unset": ["EAST_PASSWORD"],
    "yaml": "hall: 福田区行政服务大厅\n",
}
EXAMPLE_SAVED: dict[str, Any] = {
    "hash": _HASH,
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
_BROKEN = (409, "The site file cannot be used as it is.", "site.yaml:3: timezone: expected a time zone", None)


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
    message: str = Field(description="What was expected, and what came.")


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


def of_all_posts(caller: MaySetUp) -> Caller:
    """Whoever sets up the hall sees all of it. Raises HTTPException 403 for who is bound to some posts."""
    if caller.posts is not None:
        raise HTTPException(403, "expected an account that is bound to no posts, the site is all posts'")
    return caller


Installer = Annotated[Caller, Depends(of_all_posts)]
DraftBody = Annotated[DraftIn, Body(examples=[{"site": EXAMPLE_DRAFT}])]


@router.get(
    "/site",
    summary="Read the site file",
    responses={200: answered("The site file.", EXAMPLE_SITE), **documented(_BROKEN)},
)
def get_site(context: ContextDep, caller: Installer) -> SiteOut:
    """The site file of this service, empty when there is none yet; without the secrets that stand in it."""
    file = context.site_file
    saved = file.read()
    context.store.audit.add(caller.act(context.now(), "site.viewed", file.path.name))
    return SiteOut(
        path=str(file.path),
        served=file.served,
        needs_restart=file.needs_restart(saved.hash),
        hash=saved.hash,
        site=shown(saved.site),
    )


@router.post(
    "/site/check",
    dependencies=[Depends(of_all_posts)],
    summary="Check a draft of the site",
    responses={200: answered("What is wrong, and what changes.", EXAMPLE_CHECKED), **documented(_BROKEN)},
)
def check_site(context: ContextDep, draft: DraftBody) -> CheckedOut:
    """All that is wrong with a draft, by field, and what saving it would change. Nothing is written."""
    return _checked(context, draft.site)


@router.post(
    "/site/upload",
    dependencies=[Depends(of_all_posts)],
    summary="Read a site file from elsewhere as a draft",
    responses={
        200: answered("The draft, looked at.", EXAMPLE_CHECKED),
        **documented(
            _BROKEN,
            (422, "It is no site file.", "hall.yaml:7: expected YAML, mapping values are ...", "yaml"),
        ),
    },
)
def upload_site(
    context: ContextDep,
    wanted: Annotated[UploadIn, Body(examples=[{"name": "site.yaml", "yaml": "hall: 福田\n"}])],
) -> CheckedOut:
    """A file's values as a draft, with all that is wrong with it. Nothing is written."""
    name = Path(Path(wanted.name).name or "site.yaml")
    site = parse_document(wanted.yaml, name, "a site file with hall, timezone, cameras and posts")
    return _checked(context, site)


@router.put(
    "/site",
    summary="Save the site file",
    responses={
        200: answered("What was saved.", EXAMPLE_SAVED),
        **documented(
            (
                409,
                "The file was changed meanwhile, or cannot be written.",
                "hash: the file was changed",
                "hash",
            ),
            (422, "The draft cannot be the site file.", "posts: expected this key", "posts"),
        ),
    },
)
def save_site(
    context: ContextDep,
    caller: Installer,
    wanted: Annotated[SaveIn, Body(examples=[{"site": EXAMPLE_DRAFT, "hash": _HASH}])],
) -> SavedOut:
    """Write the site file, whole or not at all; the one before stays beside it with the time in its name.

    Refused when the file is no longer the one with this hash. What is watched does not change before the
    service is started anew.
    """
    file, saved, now = context.site_file, context.site_file.read(), context.now()
    site = restored(bounded(wanted.site), saved.site)
    wrong = faults(site, saved.site, file.folder)
    if wrong:
        raise SiteRefusedError(wrong[0])
    done, kept = changes(shown(saved.site), shown(site)), [""]

    def tell(new: str, backup: str) -> None:
        kept[0] = backup
        detail = {"changes": [one.model_dump() for one in done], "hash": new, "backup": backup}
        context.store.audit.add(caller.act(now, "site.saved", file.path.name, **detail))

    new = file.save(written(site), wanted.hash, now, tell)
    return SavedOut(hash=new, backup=kept[0], needs_restart=file.needs_restart(new), changes=done)


@router.post(
    "/site/picture",
    summary="Take a picture of a camera",
    responses={
        200: answered("The picture.", EXAMPLE_PICTURE),
        **documented(
            _BROKEN,
            (422, "The camera's address cannot be used.", "url: expected no plain password", "url"),
            (429, "Other pictures are being taken; try again.", "expected fewer pictures at once", None),
            (502, "The camera sends no picture.", "camera east: url: expected a readable video", "url"),
        ),
    },
)
def take_picture(
    context: ContextDep,
    caller: Installer,
    wanted: Annotated[PictureIn, Body(examples=[{"camera": EXAMPLE_DRAFT["cameras"][0]}])],
) -> PictureOut:
    """Connect to a camera for some seconds and give what it shows now, also before it is saved.

    A file is relative to the site file and must be beside it.
    """
    file = context.site_file
    camera = _camera(wanted.camera, file.read(), file.folder)
    context.store.audit.add(caller.act(context.now(), "camera.pictured", camera.id, url=hidden(camera.url)))
    found, jpeg = context.photographer.take(camera, file.folder)
    return PictureOut(
        codec=found.codec,
        width=found.width,
        height=found.height,
        frame_rate=found.frame_rate,
        keyframe_s=found.keyframe_s,
        jpeg=base64.b64encode(jpeg).decode(),
    )


def _checked(context: Context, draft: dict[str, Any]) -> CheckedOut:
    file, saved = context.site_file, context.site_file.read()
    site = restored(bounded(draft), saved.site)
    told = shown(site)
    return CheckedOut(
        site=told,
        faults=[FaultOut(field=field, message=why) for field, why in faults(site, saved.site, file.folder)],
        changes=changes(shown(saved.site), told),
        unset=unset_variables(site, os.environ),
        yaml=written(told),
    )


def _camera(camera: Camera, saved: Saved, folder: Path) -> Camera:
    """A camera with what was hidden put back. Raises SiteRefusedError: this address may not be asked."""
    site = restored({"cameras": [camera.model_dump()]}, saved.site)
    whole = Camera.model_validate(site["cameras"][0])
    known = any(one.get("url") == whole.url for one in saved.site.get("cameras", []))
    why = None if known else refusal(whole.url[:LONGEST_TEXT], folder)
    if why:
        raise SiteRefusedError(Fault("url", why))
    return whole
