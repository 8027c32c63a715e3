"""/api/health"""

from __future__ import annotations

from fastapi import APIRouter, Response
from sqlalchemy.exc import SQLAlchemyError

from pipelines.metrics import (
    LOOKS,
    LOOKS_DROPPED,
    OVERLOADED,
    PICTURES_DROPPED,
    PICTURES_LOOKED_AT,
    Counters,
)
from service.api.access import MAY_NOT, NOT_LOGGED_IN, MayRead
from service.api.context import ContextDep
from service.api.problems import documented
from service.api.schemas import (
    EXAMPLE_HEALTH,
    BucketHealth,
    DiskHealth,
    HealthOut,
    Load,
    PostHealth,
    QueueCounts,
    StoreHealth,
    answered,
)
from service.auth.roles import Caller
from service.evidence.mover import Mover
from service.evidence.sweeper import DiskState
from service.progress import Run
from service.store import LastLook, Store, StoredPost

router = APIRouter(tags=["health"], responses=documented(NOT_LOGGED_IN, MAY_NOT))


@router.get(
    "/health",
    summary="Is everything well",
    responses={
        200: answered("The state of the whole.", EXAMPLE_HEALTH),
        503: {
            "model": HealthOut,
            **answered(
                "The store does not answer.",
                {
                    **EXAMPLE_HEALTH,
                    "status": "degraded",
                    "store": {"ok": False, "detail": "database is locked", "waiting": 12},
                    "cameras": [],
                    "posts": [],
                    "queue": {"none": 0, "confirmed": 0, "rejected": 0, "unclear": 0},
                },
            ),
        },
    },
)
def get_health(context: ContextDep, caller: MayRead, response: Response) -> HealthOut:
    """The store, the run in this process, cameras, posts, how many events wait, whether the models keep up.

    Cameras: the times in which one gave no usable picture, what still lasts first. Posts: the newest
    look at each. Answers 503 when the store does not answer.
    """
    run, disk, bucket = context.progress.now(), context.sweeper.disk, _bucket(context.mover)
    storage: dict[str, object] = {"disk": _disk(disk), "bucket": bucket}
    if (disk is not None and disk.low) or (bucket is not None and bucket.trouble):
        storage["status"] = "degraded"
    try:
        found = _healthy_store(context.store, run, caller, context.delivery.waiting)
        return found.model_copy(update={"load": _load(context.counters), **storage})
    except SQLAlchemyError as error:
        response.status_code = 503
        detail = str(getattr(error, "orig", None) or type(error).__name__)
        broken = StoreHealth(ok=False, detail=detail, waiting=context.delivery.waiting)
        none = HealthOut(status="degraded", store=broken, run=run, cameras=[], posts=[], queue=QueueCounts())
        return none.model_copy(update=storage)


def _healthy_store(store: Store, run: Run, caller: Caller, waiting: int) -> HealthOut:
    store.ping()
    posts = [post for post in store.posts() if caller.sees(post.id)]
    cameras = store.health()
    if caller.posts is not None:
        own = {post.camera for post in posts}
        cameras = [entry for entry in cameras if entry.camera in own]
    degraded = run.state == "failed" or any(entry.is_trouble for entry in cameras)
    return HealthOut(
        status="degraded" if degraded else "ok",
        store=StoreHealth(ok=True, detail="", waiting=waiting),
        run=run,
        cameras=cameras,
        posts=_post_health(posts, store.last_looks()),
        queue=_queue(store, caller),
    )


def _queue(store: Store, caller: Caller) -> QueueCounts:
    waiting = store.waiting(caller.reader, caller.posts)
    return QueueCounts.model_validate({**store.counts(caller.posts, caller.reader), "waiting": waiting})


def _load(counters: Counters) -> Load:
    return Load(
        pictures_looked_at=int(counters.total(PICTURES_LOOKED_AT)),
        pictures_dropped=int(counters.total(PICTURES_DROPPED)),
        looks=int(counters.total(LOOKS)),
        looks_dropped=int(counters.total(LOOKS_DROPPED)),
        overloaded=counters.total(OVERLOADED) > 0,
    )


def _disk(disk: DiskState | None) -> DiskHealth | None:
    if disk is None:
        return None
    return DiskHealth(free_bytes=disk.free, floor_bytes=disk.floor, short_bytes=disk.short)


def _bucket(mover: Mover | None) -> BucketHealth | None:
    if mover is None:
        return None
    return BucketHealth(trouble=mover.state.trouble, waiting_files=mover.state.waiting)


def _post_health(posts: list[StoredPost], looks: list[LastLook]) -> list[PostHealth]:
    newest = max((look.t for look in looks), default=None)
    by_post = {look.post: look for look in looks}
    found = []
    for post in posts:
        look = by_post.get(post.id)
        if look is None and not post.active:
            continue
        age = (newest - look.t).total_seconds() if look and newest else None
        found.append(PostHealth(post=post.id, name=post.name, camera=post.camera, last_look=look, age_s=age))
    return found
