"""/api/site: the site file, a draft of it, and pictures of cameras for drawing zones on"""

from __future__ import annotations

import base64
import os
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends
from starlette.exceptions import HTTPException

from pipelines.hall.document import parse_document
from pipelines.hall.site import Camera
from pipelines.hall.wording import mistaken
from pipelines.streams.probe import Probed
from service.api.access import MAY_NOT, NOT_LOGGED_IN, MaySetUp
from service.api.context import Context, ContextDep
from service.api.problems import NO_LANGUAGE, AnswerLanguage, answer_language, documented
from service.api.schemas import answered
from service.api.site_shapes import (
    EXAMPLE_CHECKED,
    EXAMPLE_DRAFT,
    EXAMPLE_HASH,
    EXAMPLE_PICTURE,
    EXAMPLE_SAVED,
    EXAMPLE_SITE,
    CheckedOut,
    DraftIn,
    FaultOut,
    PictureIn,
    PictureOut,
    SavedOut,
    SaveIn,
    SiteOut,
    UploadIn,
)
from service.auth.roles import Caller
from service.review.plain_text import plain
from service.sitefile.addresses import hidden, refusal, restored, shown, unset_variables
from service.sitefile.changes import changes
from service.sitefile.draft import LONGEST_TEXT, SiteRefusedError, bounded, faults, written
from service.sitefile.file import Saved

router = APIRouter(
    tags=["site"],
    responses=documented(NOT_LOGGED_IN, MAY_NOT, NO_LANGUAGE),
    dependencies=[Depends(answer_language)],
)

_NO_VIDEO = "camera east: url: expected a readable video"
_BROKEN = (409, "The site file cannot be used as it is.", "site.yaml:3: timezone: expected a time zone", None)


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
    context.views.seen(caller, file.path.name, "site", context.now())
    return SiteOut(
        path=str(file.path),
        served=file.served,
        needs_restart=file.needs_restart(saved.hash),
        hash=saved.hash,
        site=shown(saved.site),
    )


@router.post(
    "/site/check",
    summary="Check a draft of the site",
    responses={
        200: answered("What is wrong, and what changes.", EXAMPLE_CHECKED),
        **documented(
            _BROKEN, (422, "It is no draft.", "site: expected lists and keys in at most 16 levels", "site")
        ),
    },
)
def check_site(
    context: ContextDep, caller: Installer, draft: DraftBody, language: AnswerLanguage
) -> CheckedOut:
    """All that is wrong with a draft, by field, and what saving it would change. Nothing is written."""
    return _checked(context, caller, draft.site, language)


@router.post(
    "/site/upload",
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
    caller: Installer,
    wanted: Annotated[UploadIn, Body(examples=[{"name": "site.yaml", "yaml": "hall: 福田\n"}])],
    language: AnswerLanguage,
) -> CheckedOut:
    """A file's values as a draft, with all that is wrong with it. Nothing is written."""
    name = Path(Path(plain("name", wanted.name, LONGEST_TEXT, lines=False)).name or "site.yaml")
    site = parse_document(wanted.yaml, name, "a site file with hall, timezone, cameras and posts")
    return _checked(context, caller, site, language)


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
    wanted: Annotated[SaveIn, Body(examples=[{"site": EXAMPLE_DRAFT, "hash": EXAMPLE_HASH}])],
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
            (409, "The camera sends no picture, or the site file is broken.", _NO_VIDEO, "url"),
            (422, "The camera's address cannot be used.", "url: expected no plain password", "url"),
            (429, "Other pictures are being taken; try again.", "expected fewer pictures at once", None),
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
    camera = camera_of(wanted.camera, file.read(), file.folder)
    context.store.audit.add(caller.act(context.now(), "camera.pictured", camera.id, url=hidden(camera.url)))
    found, jpeg = context.photographer.take(camera, file.folder)
    return pictured(found, jpeg)


def pictured(found: Probed, jpeg: bytes) -> PictureOut:
    """What a camera sent, as it is told."""
    return PictureOut(
        codec=found.codec,
        width=found.width,
        height=found.height,
        frame_rate=found.frame_rate,
        keyframe_s=found.keyframe_s,
        jpeg=base64.b64encode(jpeg).decode(),
    )


def _checked(context: Context, caller: Caller, draft: dict[str, Any], language: str) -> CheckedOut:
    file, saved = context.site_file, context.site_file.read()
    context.views.seen(caller, file.path.name, "site", context.now())  # what changes tells what there is
    site = restored(bounded(draft), saved.site)
    told = shown(site)
    return CheckedOut(
        site=told,
        faults=[
            FaultOut(field=one.field, message=one.told(language), kind=one.kind)
            for one in faults(site, saved.site, file.folder)
        ],
        changes=changes(shown(saved.site), told),
        unset=unset_variables(site, os.environ),
        yaml=written(told),
    )


def camera_of(camera: Camera, saved: Saved, folder: Path) -> Camera:
    """A camera with what was hidden put back. Raises SiteRefusedError: this address may not be asked."""
    site = restored({"cameras": [camera.model_dump()]}, saved.site)
    whole = Camera.model_validate(site["cameras"][0])
    known = any(one.get("url") == whole.url for one in saved.site.get("cameras", []))
    why = None if known else refusal(plain("url", whole.url, LONGEST_TEXT, lines=False), folder)
    if why:
        raise SiteRefusedError(mistaken(why.at("url")))
    return whole
