"""/api/posts"""

from __future__ import annotations

from fastapi import APIRouter

from service.api.access import MAY_NOT, NOT_LOGGED_IN, MayRead
from service.api.context import ContextDep
from service.api.problems import documented
from service.api.schemas import EXAMPLE_POST, PostsOut, answered

router = APIRouter(tags=["posts"], responses=documented(NOT_LOGGED_IN, MAY_NOT))


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
def list_posts(context: ContextDep, caller: MayRead) -> PostsOut:
    """Every post of the hall, also those that the site file no longer names but that have events."""
    hall = context.store.hall()
    posts = [post for post in context.store.posts() if caller.sees(post.id)]
    return PostsOut(hall=hall.name, timezone=hall.zone.key, posts=posts)
