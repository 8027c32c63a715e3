"""The page of spot checks: clips of times in which nothing was flagged, each with a plain question."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from service.api.access import Needs
from service.api.context import ContextDep
from service.auth.roles import Caller
from service.web.page import LanguageDep, document, told_to

router = APIRouter(include_in_schema=False)


@router.get("/spot-checks")
def spots_page(
    request: Request,
    context: ContextDep,
    caller: Annotated[Caller, Depends(Needs("review", page=True))],
    language: LanguageDep,
) -> HTMLResponse:
    """Where reviewers look at stretches in which nothing was flagged, and say what they see."""
    return document(request, "spots.html", told_to(context, caller, language))
