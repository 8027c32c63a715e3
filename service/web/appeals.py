"""The page by which staff contest an event, without an account or a script; and the page of the adjudicators.

Whatever is wrong with a link - never made, over, revoked - the answer is the same, byte for byte.
"""

from __future__ import annotations

from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from pipelines import regulation, texts
from pipelines.rules.events import RuleEvent
from service.api.access import PUBLIC, Needs, address_of
from service.api.context import Context, ContextDep
from service.api.evidence import file_response
from service.api.showing import can_be_blurred, sees_clear, shown
from service.auth.entrance import by_link, digest
from service.auth.roles import Caller
from service.evidence.fetch import EvidenceAwayError
from service.evidence.media import EvidenceMissingError
from service.review.appeals import SIGNATURE_LIMIT, STATEMENT_LIMIT, AppealRefusedError, is_overdue
from service.review.plain_text import TextRefusedError
from service.store.appeals import Opened, UnknownLinkError
from service.web.forms import FormDep
from service.web.page import TEMPLATES, LanguageDep, document, told_to

router = APIRouter(include_in_schema=False)


@router.get("/appeals")
def appeals_page(
    request: Request,
    context: ContextDep,
    caller: Annotated[Caller, Depends(Needs("appeals", page=True))],
    language: LanguageDep,
) -> HTMLResponse:
    """Where appeals are read and, by adjudicators, decided."""
    page = {
        **told_to(context, caller, language),
        "reason_limit": STATEMENT_LIMIT,
    }
    return document(request, "appeals.html", page)


@router.get("/appeal/{token}", dependencies=[PUBLIC])
def contest_page(request: Request, context: ContextDep, token: str, language: LanguageDep) -> HTMLResponse:
    """What is contested, and how the appeal stands."""
    try:
        opened = _open(context, token)
    except UnknownLinkError:
        return _nothing(request, language)
    context.views.seen(by_link(address_of(request)), opened.event.id, "appeal", context.now())
    return _shown(request, context, opened, token, language)


@router.post("/appeal/{token}", dependencies=[PUBLIC])
def contest(
    request: Request, context: ContextDep, token: str, language: LanguageDep, form: FormDep
) -> Response:
    """Make an appeal. Sent twice it is one; when it cannot be made any more the page says why."""
    statement, signed = form.get("statement", ""), form.get("signed", "")
    try:
        opened = _open(context, token)
        now = context.now()
        act = by_link(address_of(request)).act(now, "appeal.made", opened.event.id)
        context.store.appeals.make(
            digest(token), statement, signed, context.settings.periods, at=now, act=act
        )
    except UnknownLinkError:
        return _nothing(request, language)
    except AppealRefusedError:
        pass  # it was made before, or cannot be made any more: the page says which
    except TextRefusedError as error:
        given = {"statement": statement, "signed": signed, "unfit": error.field}
        return _shown(request, context, opened, token, language, status=422, **given)
    return RedirectResponse(f"/appeal/{token}?lang={language}", status_code=303)


@router.post("/appeal/{token}/withdraw", dependencies=[PUBLIC])
def withdraw(request: Request, context: ContextDep, token: str, language: LanguageDep) -> Response:
    """Take the appeal back."""
    try:
        opened = _open(context, token)
        now = context.now()
        act = by_link(address_of(request)).act(now, "appeal.withdrawn", opened.event.id)
        context.store.appeals.withdraw(digest(token), context.settings.periods, at=now, act=act)
    except UnknownLinkError:
        return _nothing(request, language)
    except AppealRefusedError:
        pass  # it was decided meanwhile: the page says so
    return RedirectResponse(f"/appeal/{token}?lang={language}", status_code=303)


@router.get("/appeal/{token}/clip", dependencies=[PUBLIC], response_model=None)
def clip(request: Request, context: ContextDep, token: str, language: LanguageDep) -> Response:
    """The clip that is contested, for whoever holds the link."""
    try:
        event = _open(context, token).event
    except UnknownLinkError:
        return _nothing(request, language)
    if event.clip is None:
        raise EvidenceMissingError(f"event {event.id}: no clip")
    caller = by_link(address_of(request))
    path = shown(context, caller, event, "clip")
    told = {} if sees_clear(context, caller) else {"blurred": True}
    context.views.seen(caller, event.id, "clip", context.now(), **told)
    return file_response(path)


def _open(context: Context, token: str) -> Opened:
    return context.store.appeals.open(digest(token), context.settings.periods, context.now())


def _shown(
    request: Request,
    context: Context,
    opened: Opened,
    token: str,
    language: str,
    *,
    status: int = 200,
    **given: str,
) -> HTMLResponse:
    event, contest, now = opened.event, opened.contest, context.now()
    hall = context.store.hall()
    clause = regulation.load().clauses.get(event.clause)
    appeal = contest.appeal
    blurred = not sees_clear(context, by_link(address_of(request)))
    content: dict[str, Any] = {
        "event": event,
        "contest": contest,
        "appeal": appeal,
        "overdue": appeal is not None and is_overdue(appeal, now),
        "hall": hall.name,
        "post": next((post.name for post in context.store.posts() if post.id == event.post), event.post),
        "clause_text": (clause.en if language == "en" else clause.zh) if clause else "",
        "has_clip": _has_clip(context, event),
        "blurred": blurred,
        "unblurred": blurred and event.clip is not None and not can_be_blurred(context, event),
        "clock": lambda moment: moment.astimezone(hall.zone).strftime("%Y-%m-%d %H:%M"),
        "exact": lambda moment: moment.astimezone(hall.zone).strftime("%Y-%m-%d %H:%M:%S"),
        "token": token,
        "limit": STATEMENT_LIMIT,
        "name_limit": SIGNATURE_LIMIT,
        "given": given,
    }
    return _page(request, language, status, **content)


def _has_clip(context: Context, event: RuleEvent) -> bool:
    try:
        return event.clip is not None and bool(context.evidence.locate(event.id, event.clip))
    except EvidenceMissingError:
        return False
    except EvidenceAwayError:  # in a bucket that does not answer now: the player tries again
        return True


def _nothing(request: Request, language: str) -> HTMLResponse:
    return _page(request, language, 404, event=None)


def _page(request: Request, language: str, status: int, **values: Any) -> HTMLResponse:
    other = next(one for one in texts.LANGUAGES if one != language)
    content = {"lang": language, "other": other, "text": texts.catalogue(language), **values}
    response = TEMPLATES.TemplateResponse(request, "appeal.html", content, status_code=status)
    response.headers["Cache-Control"] = "no-store"
    # Under no-referrer a browser says `Origin: null` when a form is sent, as a stranger's page would.
    response.headers["Referrer-Policy"] = "same-origin"
    return cast(HTMLResponse, response)
