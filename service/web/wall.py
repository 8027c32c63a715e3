"""The page of the wall: every post as it is now."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from service.api.access import Needs
from service.api.context import ContextDep
from service.auth.roles import Caller
from service.web.page import LanguageDep, document, told_to

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
        **told_to(context, caller, language),
        "hall": context.store.hall().name,
    }
    return document(request, "wall.html", page)
