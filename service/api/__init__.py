"""The HTTP API: one router per noun, all below /api."""

from fastapi import FastAPI

from service.api import (
    accounts,
    alerts,
    audit,
    covers,
    errors,
    events,
    evidence,
    health,
    posts,
    regulation,
    reports,
    session,
    tokens,
    verdicts,
)
from service.api.description import describe_whole

PREFIX = "/api"
_WORK = (posts, events, evidence, verdicts, health, regulation, covers, alerts, reports)
_NOUNS = (*_WORK, session, accounts, tokens, audit)
ROUTERS = [noun.router for noun in _NOUNS]


def install(app: FastAPI) -> None:
    """Put the API on an application: its routes, its one shape of errors, its description."""
    errors.install(app)
    for router in ROUTERS:
        app.include_router(router, prefix=PREFIX)
    describe_whole(app, ROUTERS, PREFIX)
