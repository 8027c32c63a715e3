"""/api/audit"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from service.api.access import MAY_NOT, NOT_LOGGED_IN, needs
from service.api.context import ContextDep
from service.api.problems import documented
from service.api.schemas import answered
from service.audit import Entry

router = APIRouter(tags=["audit"], responses=documented(NOT_LOGGED_IN, MAY_NOT))

EXAMPLE_ENTRY: dict[str, Any] = {
    "at": "2026-01-05T02:12:40+00:00",
    "who": "li.na",
    "way": "session",
    "action": "verdict.given",
    "object": "9f2c61d07a3be845",
    "address": "10.0.3.17",
    "detail": {"verdict": "rejected", "reason": "allowed"},
    "seq": 412,
    "previous": "5f0a" * 16,
    "hash": "c3d2" * 16,
}


class AuditOut(BaseModel):
    """Some entries of the audit log."""

    entries: list[Entry] = Field(description="Newest first.")


@router.get(
    "/audit",
    summary="Read the audit log",
    dependencies=[needs("audit")],
    responses={
        200: answered("Entries of the log.", {"entries": [EXAMPLE_ENTRY]}),
        **documented((422, "A filter is not understood.", "limit: Input should be at most 500", "limit")),
    },
)
def list_entries(
    context: ContextDep,
    before: Annotated[
        int | None, Query(ge=1, lt=2**31, description="Only those with a lower number.", examples=[412])
    ] = None,
    action: Annotated[
        str | None, Query(max_length=32, description="Only of this action.", examples=["verdict.given"])
    ] = None,
    limit: Annotated[int, Query(ge=1, le=500, description="How many at most.", examples=[100])] = 100,
) -> AuditOut:
    """Who did what, when, on which object, from where; newest first."""
    return AuditOut(entries=context.store.audit.newest(limit=limit, before=before, action=action))
