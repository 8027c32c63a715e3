"""The page of findings by hand: recorded, listed, withdrawn."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from service.api.access import Needs
from service.api.context import ContextDep
from service.api.finding_clips import LONGEST_S
from service.auth.roles import Caller
from service.review.findings import NOTE_LIMIT
from service.web.page import LanguageDep, document, told_to

router = APIRouter(include_in_schema=False)


@router.get("/findings")
def findings_page(
    request: Request,
    context: ContextDep,
    caller: Annotated[Caller, Depends(Needs("read", page=True))],
    language: LanguageDep,
) -> HTMLResponse:
    """Where findings by hand are read, and by reviewers recorded and withdrawn."""
    page = {
        **told_to(context, caller, language),
        "note_limit": NOTE_LIMIT,
        "longest_s": LONGEST_S,
    }
    return document(request, "findings.html", page)
