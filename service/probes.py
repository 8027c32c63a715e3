"""`/healthz` and `/readyz`, for whoever starts and restarts the service: systemd, Docker, Kubernetes.

They say nothing about the hall, so they may be asked for under any host name (an orchestrator asks by
address): no page of a stranger learns more from them than that something runs here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field
from sqlalchemy.exc import SQLAlchemyError

from pipelines.metrics import FRAMES
from service.api.access import PUBLIC
from service.api.context import Context, ContextDep
from service.progress import RunProgress

PATHS = frozenset({"/healthz", "/readyz"})

router = APIRouter(include_in_schema=False)


class Check(BaseModel):
    """One thing that must hold before the service does its work."""

    name: Literal["store", "models", "run", "cameras"]
    ok: bool
    detail: str = Field(description="What is missing; empty when nothing is.")


class Readiness(BaseModel):
    """Whether the service does its work, and what is missing."""

    ready: bool
    checks: list[Check]


@router.get("/healthz", dependencies=[PUBLIC])
async def get_alive() -> dict[str, str]:
    """The process answers. It touches nothing else, so nothing else can make it fail."""
    return {"status": "alive"}


@router.get("/readyz", dependencies=[PUBLIC])
def get_ready(context: ContextDep, response: Response) -> Readiness:
    """Whether store, models, run and cameras are there; 503 with the reasons when not."""
    checks = list(ready_checks(context))
    ready = all(check.ok for check in checks)
    response.status_code = 200 if ready else 503
    response.headers["Cache-Control"] = "no-store"
    return Readiness(ready=ready, checks=checks)


def ready_checks(context: Context) -> Iterator[Check]:
    """Store always; models, run and cameras where a site is watched."""
    yield _check("store", _store_trouble(context))
    engine = context.progress.engine
    if engine is None:
        return
    yield _check("models", "" if engine.model else "no model is loaded")
    yield _check("run", _run_trouble(context.progress))
    seen = engine.cameras == 0 or context.counters.total(FRAMES) > 0
    yield _check("cameras", "" if seen else "no camera has given a picture yet")


def _check(name: Literal["store", "models", "run", "cameras"], trouble: str) -> Check:
    return Check(name=name, ok=not trouble, detail=trouble)


def _run_trouble(progress: RunProgress) -> str:
    state = progress.now().state
    if state == "failed":
        return "the run has failed; the log says why"
    return "" if state == "done" or progress.alive() else "the run's thread is not there"


def _store_trouble(context: Context) -> str:
    try:
        context.store.ping()
    except SQLAlchemyError as error:
        # The driver's own words may hold the database's address.
        return f"the store does not answer: {type(error).__name__}"
    return ""
