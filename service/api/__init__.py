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
    finding_clips,
    findings,
    health,
    known,
    posts,
    queue,
    regulation,
    reports,
    session,
    site,
    site_trial,
    site_uniform,
    spots,
    tokens,
    verdicts,
    wall,
)
from service.api.description import describe_whole

PREFIX = "/api"
_JUDGING = (events, evidence, verdicts, claims, queue, agreement, known, spots)
_REVIEW = (*_JUDGING, appeals, findings, finding_clips)
_WORK = (posts, *_REVIEW, wall, health, regulation, covers, alerts, reports)
_NOUNS = (*_WORK, session, accounts, tokens, audit, site, site_trial, site_uniform)
ROUTERS = [noun.router for noun in _NOUNS]


def install(app: FastAPI) -> None:
    """Put the API on an application: its routes, its one shape of errors, its description."""
    errors.install(app)
    for router in ROUTERS:
        app.include_router(router, prefix=PREFIX)
    describe_whole(app, ROUTERS, PREFIX)
