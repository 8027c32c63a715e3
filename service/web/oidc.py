"""Off to the provider, and back. Both are addresses to go through; what went wrong the login page says."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response
from starlette.exceptions import HTTPException

from service.api.access import PUBLIC, knock_of
from service.api.context import Context, ContextDep
from service.api.session import set_cookie
from service.oidc.door import Door
from service.oidc.registration import CALLBACK
from service.oidc.ticket import LIFETIME, LONGEST_BACK
from service.oidc.trouble import SignOnError

BEGIN = "/oidc/login"
TICKET, STRANGER = "conduct_oidc", "conduct_oidc_stranger"
"""Cookies: of a login that was begun, and of who has no account, so that the login page can tell them."""
LONGEST_ANSWER = 4096

router = APIRouter(include_in_schema=False)


@router.get(BEGIN, dependencies=[PUBLIC])
def begin(
    request: Request, context: ContextDep, back: Annotated[str, Query(max_length=LONGEST_BACK)] = ""
) -> Response:
    """To the provider; `back` is the query and the fragment of the page that is wanted."""
    door = _door(context)
    if context.entrance.needs_setup():
        return _to("/setup")
    try:
        url, kept = door.begin(back, _redirect_uri(request, context), context.now())
    except SignOnError as error:
        return _refused(request, door, error)
    response = _to(url)
    _keep(request, response, TICKET, kept, "/oidc", int(LIFETIME.total_seconds()))
    return response


@router.get(CALLBACK, dependencies=[PUBLIC])
def come_back(request: Request, context: ContextDep) -> Response:
    """Back from the provider: a session, or the login page with what went wrong."""
    door = _door(context)
    answer = {name: value for name, value in request.query_params.items() if len(value) <= LONGEST_ANSWER}
    kept, uri = request.cookies.get(TICKET, ""), _redirect_uri(request, context)
    try:
        arrival = door.finish(answer, kept, uri, knock_of(request), context.now())
    except SignOnError as error:
        return _refused(request, door, error)
    response = _to(f"/{arrival.back}")
    response.delete_cookie(TICKET, path="/oidc", httponly=True, samesite="lax")
    set_cookie(request, response, arrival.token)
    return response


def _door(context: Context) -> Door:
    if context.sign_on is None:
        raise HTTPException(404, "there is no single sign-on")
    return context.sign_on


def _redirect_uri(request: Request, context: Context) -> str:
    """As it is registered at the provider. The guard has let only our own names through as Host."""
    base = context.settings.base_url or str(request.base_url)
    return base.rstrip("/") + CALLBACK


def _refused(request: Request, door: Door, error: SignOnError) -> Response:
    """The login page, which has words for it, and still knows where the way led."""
    query, sign, fragment = error.back.partition("#")
    further = f"&{query[1:]}" if query else ""
    response = _to(f"/login?sso={error.code}{further}{sign}{fragment}")
    response.delete_cookie(TICKET, path="/oidc", httponly=True, samesite="lax")
    if error.subject:
        _keep(request, response, STRANGER, door.seal(error.subject), "/login", 300)
    return response


def _keep(request: Request, response: Response, name: str, value: str, path: str, seconds: int) -> None:
    # Lax, not strict: the way back from the provider is one from another site.
    response.set_cookie(
        name,
        value,
        max_age=seconds,
        path=path,
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )


def _to(url: str) -> Response:
    return RedirectResponse(url, 303, headers={"Cache-Control": "no-store"})
