"""The page of the wall: every post as it is now."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from service.api.access import Needs
from service.api.context import ContextDep
from service.api.session import session_out
from service.auth.roles import Caller
from service.web.page import LanguageDep, common, document

router = APIRouter(include_in_schema=False)


@router.get("/wall")
def wall_page(
    request: Request,
    context: ContextDep,
    caller: Annotated[Caller, Depends(Needs("read", page=True))],
    language: LanguageDep,
) -> HTMLResponse:
    """Where posts are looked on; with pictures for whoever may see them."""
    page = {
        **common(context, language),
        "session": session_out(caller, is_open=context.entrance.is_open()).model_dump(),
        "hall": context.store.hall().name,
    }
    return document(request, "wall.html", page)
