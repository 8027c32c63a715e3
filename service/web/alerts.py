"""Pages without a script: the list of deliveries, and the page by which a message is acknowledged."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import Annotated, cast

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from pipelines import texts
from service.alerts.failures import in_words
from service.alerts.wording import Words
from service.api.access import PUBLIC, MayAlert, Needs, address_of
from service.api.context import ContextDep
from service.auth.entrance import by_link
from service.outbox import UnknownMessageError
from service.web.page import TEMPLATES, LanguageDep

router = APIRouter(include_in_schema=False)


@router.get("/alerts", dependencies=[Depends(Needs("alerts", page=True))])
def alerts_page(request: Request, context: ContextDep, language: LanguageDep) -> HTMLResponse:
    """Every delivery, newest first."""
    words = _words(context, language)
    return _page(
        request,
        "alerts.html",
        language,
        channels=context.channels,
        entries=context.ledger.entries(),
        about=lambda message: words.about(message),
        clock=lambda moment: words.clock(moment) if moment else "",
        failure=lambda error: in_words(error, texts.catalogue(language)),
    )


@router.post("/alerts/test")
def send_test(context: ContextDep, caller: MayAlert) -> Response:
    """Write a test message for every channel."""
    if context.channels:
        now = context.now()
        act = caller.act(now, "message.tested", channels=context.channels)
        context.outbox.tell_test(context.channels, now, act=act)
    return RedirectResponse("/alerts", status_code=303)


@router.post("/alerts/retry")
def retry(context: ContextDep, caller: MayAlert, delivery: Annotated[str, Query(max_length=80)]) -> Response:
    """Try a dead delivery again; one that is none any more needs nothing."""
    now = context.now()
    with suppress(UnknownMessageError):
        context.outbox.revive(delivery, now, act=caller.act(now, "delivery.retried", delivery))
    return RedirectResponse("/alerts", status_code=303)


@router.get("/acknowledge/{token}", dependencies=[PUBLIC])
def acknowledge_page(
    request: Request, context: ContextDep, token: str, language: LanguageDep
) -> HTMLResponse:
    """Ask whether to acknowledge. Opening the link alone does nothing: mail filters and chats do it too."""
    message = context.ack_tokens.message(token) or ""
    try:
        found = context.outbox.message(message)
    except UnknownMessageError:
        return _unknown(request, language)
    words, since = _words(context, language), context.outbox.acknowledged(message)
    return _page(
        request,
        "acknowledge.html",
        language,
        about=words.about(found),
        since=words.clock(since) if since else None,
    )


@router.post("/acknowledge/{token}", dependencies=[PUBLIC])
def acknowledge(request: Request, context: ContextDep, token: str, language: LanguageDep) -> Response:
    """Acknowledge. The token counts once: a second time changes nothing and says since when."""
    message, now = context.ack_tokens.message(token) or "", context.now()
    act = by_link(address_of(request)).act(now, "message.acknowledged", message)
    try:
        context.outbox.acknowledge(message, now, act=act)
    except UnknownMessageError:
        return _unknown(request, language)
    return acknowledge_page(request, context, token, language)


def _words(context: ContextDep, language: str) -> Words:
    return replace(context.words, language=language, zone=context.store.hall().zone)


def _unknown(request: Request, language: str) -> HTMLResponse:
    return _page(request, "acknowledge.html", language, 404, about=None, since=None)


def _page(
    request: Request, template: str, language: str, status: int = 200, **values: object
) -> HTMLResponse:
    other = next(one for one in texts.LANGUAGES if one != language)
    content = {"lang": language, "other": other, "text": texts.catalogue(language), **values}
    response = TEMPLATES.TemplateResponse(request, template, content, status_code=status)
    response.headers["Cache-Control"] = "no-store"
    # Under no-referrer a browser says `Origin: null` when a form is sent, as a stranger's page would.
    response.headers["Referrer-Policy"] = "same-origin"
    return cast(HTMLResponse, response)
