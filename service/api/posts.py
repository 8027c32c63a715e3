"""/api/posts"""

from __future__ import annotations

from fastapi import APIRouter

from service.api.context import ContextDep
from service.api.schemas import EXAMPLE_POST, PostsOut, answered

router = APIRouter(tags=["posts"])


@router.get(
    "/posts",
    summary="List the posts",
    responses={
        200: answered(
            "The posts, by id.",
            {"hall": "福田区行政服务大厅", "timezone": "Asia/Shanghai", "posts": [EXAMPLE_POST]},
        )
    },
)
def list_posts(context: ContextDep) -> PostsOut:
    """Every post of the hall, also those that the site file no longer names but that have events."""
    hall = context.store.hall()
    return PostsOut(hall=hall.name, timezone=hall.zone.key, posts=context.store.posts())
