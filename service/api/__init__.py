"""The HTTP API: one router per noun, all below /api."""

from fastapi import FastAPI

from service.api import (
    accounts,
    agreement,
    alerts,
    appeals,
    audit,
    claims,
    covers,
    errors,
    events,
    evidence,
    findings,
    health,
    known,
    posts,
    queue,
    regulation,
    reports,
    session,
    site,
    spots,
    tokens,
    verdicts,
    wall,
)
from service.api.description import describe_whole

PREFIX = "/api"
_REVIEW = (events, evidence, verdicts, claims, queue, agreement, known, spots, appeals, findings)
_WORK = (posts, *_REVIEW, wall, health, regulation, covers, alerts, reports)
_NOUNS = (*_WORK, session, accounts, tokens, audit, site)
ROUTERS = [noun.router for noun in _NOUNS]


def install(app: FastAPI) -> None:
    """Put the API on an application: its routes, its one shape of errors, its description."""
    errors.install(app)
    for router in ROUTERS:
        app.include_router(router, prefix=PREFIX)
    describe_whole(app, ROUTERS, PREFIX)
