"""/api/site/uniform: examples of the hall's uniform, picked from a camera's picture, and what they teach."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Body, Depends, Path, Request, Response
from starlette.concurrency import run_in_threadpool

from pipelines.hall.site import Site
from pipelines.hall.wording import Fault, fault
from pipelines.looking.uniform import ENOUGH, MOST, Lessons, Unused
from pipelines.streams.probe import Probed
from service.api.access import MAY_NOT, NOT_LOGGED_IN
from service.api.context import Context, ContextDep
from service.api.problems import NO_LANGUAGE, AnswerLanguage, answer_language, documented
from service.api.schemas import answered
from service.api.site import Installer, camera_of, pictured
from service.api.site_shapes import EXAMPLE_DRAFT, PictureIn
from service.api.uniform_shapes import (
    EXAMPLE_JUDGED,
    EXAMPLE_PEOPLE,
    EXAMPLE_UNIFORM,
    ExampleOut,
    JudgedOut,
    PeopleOut,
    PickIn,
    UniformOut,
    UnusedOut,
)
from service.auth.roles import Caller
from service.sitefile.addresses import hidden
from service.sitefile.examples import KINDS, Examples, Kind
from service.sitefile.people import Pickable, cut, judged, people_in
from vision.enrolment import MIN_EXAMPLES

router = APIRouter(
    tags=["site"],
    responses=documented(NOT_LOGGED_IN, MAY_NOT, NO_LANGUAGE),
    dependencies=[Depends(answer_language)],
)

ExampleId = Annotated[
    str, Path(description="Id of an example.", pattern="^[0-9a-f]{16}$", examples=["5f0c2b7d91e4a386"])
]
KindPath = Annotated[Kind, Path(description="wear: in uniform; other: in other clothes.", examples=["wear"])]
_FOLDER = (409, "The folders cannot be used.", "uniform.wear: expected a folder inside that of ...", None)
_BUSY = (429, "Another picture is being looked at.", "expected one trial at once, try again", None)
_NO_EXAMPLE = (404, "There is no such example.", "there is no such example", "example_id")
_NO_ID = (422, "The id does not look like one.", "example_id: String should match pattern", "example_id")


@router.get(
    "/site/uniform",
    summary="List the examples of the uniform",
    responses={200: answered("The examples.", EXAMPLE_UNIFORM), **documented(_FOLDER)},
)
def get_uniform(context: ContextDep, caller: Installer) -> UniformOut:
    """Which pictures were gathered, of people in uniform and in other clothes."""
    context.views.seen(caller, "", "uniform", context.now())
    return _uniform(context, _examples(context))


@router.post(
    "/site/uniform/people",
    summary="Take a picture of a camera and find the people in it",
    responses={
        200: answered("The picture.", EXAMPLE_PEOPLE),
        **documented(
            (409, "The camera sends no picture.", "camera east: url: expected a readable video", "url"),
            (422, "The camera's address cannot be used.", "url: expected no plain password", "url"),
            _BUSY,
        ),
    },
)
async def find_people(
    request: Request,
    context: ContextDep,
    caller: Installer,
    wanted: Annotated[PictureIn, Body(examples=[{"camera": EXAMPLE_DRAFT["cameras"][0]}])],
) -> PeopleOut:
    """Connect to a camera for some seconds, give what it shows now, and where people are in it.

    The picture stays in memory for ten minutes, so that people can be picked from it; it is written nowhere.
    """
    found, jpeg, site = await run_in_threadpool(_taken, context, caller, wanted)
    posts = () if site is None else site.posts_of(wanted.camera.id)
    settings = context.settings
    task = partial(people_in, settings.models, settings.provider, found.picture, posts)
    people = await context.aside.run(task, request.is_disconnected)
    name = context.pickable.keep(Pickable(wanted.camera.id, found.picture, people))
    return PeopleOut(**pictured(found, jpeg).model_dump(), picture=name, people=list(people))


@router.post(
    "/site/uniform/examples",
    status_code=201,
    summary="Keep the crop of one person as an example",
    responses={
        201: answered("It is kept.", {"id": "5f0c2b7d91e4a386"}),
        **documented(
            (404, "The picture is not kept any more.", "the picture is too old, take another", "picture"),
            (409, "There are 50 already, or the folder cannot be written.", "expected at most 50", "kind"),
            (422, "It is no crop of one person.", "box: expected one person, got several", "box"),
        ),
    },
)
def pick_example(
    context: ContextDep,
    caller: Installer,
    wanted: Annotated[
        PickIn,
        Body(
            examples=[{"picture": "c4d1f09a7b3e2865", "kind": "wear", "box": [0.21, 0.18, 0.34, 0.61]}],
        ),
    ],
) -> ExampleOut:
    """Cut one person out of a picture that was taken before, and keep that as an example.

    Written anew from its pixels under a name without meaning. The hall is watched with it from the next start
    on, where the site file names the folders.
    """
    picture = context.pickable.of(wanted.picture)
    crop = cut(picture, wanted.box)
    kept = _examples(context).add(wanted.kind, crop)
    _write_down(context, caller, "uniform.added", wanted.kind, kept.id, camera=picture.camera)
    return ExampleOut(id=kept.id)


@router.get(
    "/site/uniform/{kind}/{example_id}",
    summary="Show an example",
    response_class=Response,
    responses={
        200: answered("The picture.", "(bytes)", "image/jpeg"),
        **documented(_NO_EXAMPLE, _FOLDER, _NO_ID),
    },
)
def get_example(context: ContextDep, caller: Installer, kind: KindPath, example_id: ExampleId) -> Response:
    """The crop of one person, a picture of a member of staff. Browsers are told not to keep it."""
    content = _examples(context).shown(kind, example_id)
    context.views.seen(caller, "", "uniform", context.now())
    return Response(content, media_type="image/jpeg", headers={"Cache-Control": "private, no-store"})


@router.delete(
    "/site/uniform/{kind}/{example_id}",
    summary="Delete an example for good",
    responses={
        200: answered("What is left.", EXAMPLE_UNIFORM),
        **documented(_NO_EXAMPLE, _FOLDER, _NO_ID),
    },
)
def delete_example(
    context: ContextDep, caller: Installer, kind: KindPath, example_id: ExampleId
) -> UniformOut:
    """Delete one. There is no copy of it, and no undoing."""
    examples = _examples(context)
    examples.remove(kind, example_id)
    _write_down(context, caller, "uniform.removed", kind, example_id)
    return _uniform(context, examples)


@router.get(
    "/site/uniform/judgement",
    summary="Say what the examples teach",
    responses={200: answered("What they teach.", EXAMPLE_JUDGED), **documented(_FOLDER, _BUSY)},
)
async def judge_examples(
    request: Request, context: ContextDep, caller: Installer, language: AnswerLanguage
) -> JudgedOut:
    """Whether there are enough examples and whether they tell apart, as `conduct uniform enrol` says it."""
    examples = await run_in_threadpool(_looked_into, context, caller)
    if not examples.of("wear"):
        told = fault("uniform_too_few", whose="wear", least=MIN_EXAMPLES, count=0)
        return JudgedOut(
            **{"usable": False, "error": told.told(language), "weak": [], "unused": []},
            recognised=None,
            other_recognised=None,
        )
    other = examples.folders["other"] if examples.of("other") else None
    settings = context.settings
    task = partial(judged, settings.models, settings.provider, examples.folders["wear"], other)
    return _judged(examples, await context.aside.run(task, request.is_disconnected), language)


def _examples(context: Context) -> Examples:
    file = context.site_file
    return Examples(file.read().site, file.folder)


def _looked_into(context: Context, caller: Caller) -> Examples:
    context.views.seen(caller, "", "uniform", context.now())
    return _examples(context)


def _uniform(context: Context, examples: Examples) -> UniformOut:
    folder = context.site_file.folder
    kept = {kind: [ExampleOut(id=one.id) for one in examples.of(kind)] for kind in KINDS}
    return UniformOut(
        named=examples.is_named,
        folders={kind: str(path.relative_to(folder)) for kind, path in examples.folders.items()},
        least=MIN_EXAMPLES,
        enough=ENOUGH,
        most=MOST,
        wear=kept["wear"],
        other=kept["other"],
    )


def _taken(context: Context, caller: Caller, wanted: PictureIn) -> tuple[Probed, bytes, Site | None]:
    file, saved = context.site_file, context.site_file.read()
    camera = camera_of(wanted.camera, saved, file.folder)
    context.store.audit.add(caller.act(context.now(), "camera.pictured", camera.id, url=hidden(camera.url)))
    site = Site.model_validate(saved.site) if saved.site else None
    return (*context.photographer.take(camera, file.folder), site)


def _write_down(
    context: Context, caller: Caller, action: str, kind: Kind, example_id: str, **detail: str
) -> None:
    context.store.audit.add(caller.act(context.now(), action, f"{kind}/{example_id}", **detail))


def _judged(examples: Examples, lessons: Lessons, language: str) -> JudgedOut:
    failed = lessons.failed
    unused = [one for lesson in lessons.uniforms for one in lesson.examples.unused]
    unused += [] if lessons.other is None else lessons.other.unused
    learnt = [lesson.learnt for lesson in lessons.uniforms if lesson.learnt is not None]
    others = [one.other for one in learnt if one.other is not None]
    return JudgedOut(
        usable=failed is None,
        error=None if failed is None else _told([failed.error, failed.left_out], language),
        weak=list(dict.fromkeys(one.told(language) for one in lessons.weak)),
        recognised=min((one.wear for one in learnt), default=None),
        other_recognised=min(others, default=None),
        unused=list(_unused(examples, unused, language)),
    )


def _told(faults: list[Fault | None], language: str) -> str:
    mark = "；" if language == "zh-CN" else "; "
    return mark.join(one.told(language) for one in faults if one is not None)


def _unused(examples: Examples, unused: list[Unused], language: str) -> Iterator[UnusedOut]:
    """Those of the folders themselves; names mean nothing here, so of twins it is only said that they are."""
    known = {one.path: (kind, one.id) for kind in KINDS for one in examples.of(kind)}
    for one in unused:
        if one.picture in known:
            kind, example_id = known[one.picture]
            reason = fault("uniform_twins") if one.reason.kind == "uniform_twin" else one.reason
            yield UnusedOut(kind=kind, id=example_id, why=reason.told(language))
