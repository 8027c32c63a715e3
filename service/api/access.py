"""Which permission each route asks for: one `Needs` in its signature or its `dependencies`.

`check_guarded` refuses an application with a route that names none, so a new route cannot be left open by
oversight; one that anybody may ask says so with `PUBLIC`.
"""

# No `from __future__ import annotations`: FastAPI could not resolve those of a callable object.
from collections.abc import Iterable, Iterator
from typing import Annotated, NoReturn

from fastapi import APIRouter, Depends, FastAPI, Request, params
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute

from service.api.context import Context, ContextDep
from service.auth.entrance import Knock
from service.auth.roles import Caller, Permission
from service.store import JudgedEvent, StoreAwayError, UnknownEventError
from service.web.origin import SAFE_METHODS, is_from_own_page

COOKIE = "conduct_session"
UNGUARDED = frozenset({"/api/openapi.json", "/static"})
"""What is no route of ours and holds nothing of a hall: the description of the API, the page's own files."""
NOT_LOGGED_IN = (
    401,
    "Nobody is logged in, and no valid token was sent.",
    "log in, or send an API token",
    None,
)
MAY_NOT = (403, "The role or the token's scopes do not allow it.", "expected the permission review", None)


class Needs:
    """Lets a request in whose caller has a permission, and gives the route the caller."""

    def __init__(self, permission: Permission, *, page: bool = False) -> None:
        """A `page` sends its visitor on to where they can go."""
        self.permission = permission
        self.page = page

    def __call__(self, request: Request, context: ContextDep) -> Caller:
        """The caller. Raises HTTPException 401 or 403, or for a page a redirect; StoreAwayError."""
        knock = knock_of(request)
        try:
            caller = context.entrance.identify(knock, context.now())
        except SQLAlchemyError as error:
            raise StoreAwayError("the store does not answer") from error
        if caller is None:
            self._turn_away(context, request)
        if not caller.may(self.permission):
            if self.page:
                raise HTTPException(303, headers={"Location": with_query("/", request.url.query)})
            raise HTTPException(403, f"expected the permission {self.permission}, {_whose(caller)}")
        # A browser sends the cookie whoever made the request: a writing one must show that our page did.
        if (
            caller.way == "session"
            and request.method not in SAFE_METHODS
            and not is_from_own_page(request.headers)
        ):
            raise HTTPException(403, "requests from other sites are refused")
        return caller

    def _turn_away(self, context: Context, request: Request) -> NoReturn:
        if self.page:
            where = "/setup" if context.entrance.needs_setup() else "/login"
            url, path = request.url, request.url.path
            query = url.query if path == "/" else url.include_query_params(page=path).query
            raise HTTPException(303, headers={"Location": with_query(where, query)})
        raise HTTPException(401, "log in, or send an API token", headers={"WWW-Authenticate": "Bearer"})


def with_query(path: str, query: str) -> str:
    """An address of ours with what was asked of another one."""
    return f"{path}?{query}" if query else path


class Anybody:
    """Lets every request in, and looks at nothing: not even the store has to be there."""

    permission = None

    async def __call__(self) -> None:
        """Nothing to find out."""


PUBLIC = Depends(Anybody())
"""For the `dependencies` of a route that anybody may ask."""
MayRead = Annotated[Caller, Depends(Needs("read"))]
MaySeeEvidence = Annotated[Caller, Depends(Needs("evidence"))]
MayLook = Annotated[Caller, Depends(Needs("live"))]
MayReview = Annotated[Caller, Depends(Needs("review"))]
MayAdjudicate = Annotated[Caller, Depends(Needs("adjudicate"))]
MayCover = Annotated[Caller, Depends(Needs("cover"))]
MayAppeal = Annotated[Caller, Depends(Needs("appeals"))]
MayDecide = Annotated[Caller, Depends(Needs("decide"))]
MayAlert = Annotated[Caller, Depends(Needs("alerts"))]
MayKeepAccounts = Annotated[Caller, Depends(Needs("accounts"))]
MaySetUp = Annotated[Caller, Depends(Needs("setup"))]
MayAudit = Annotated[Caller, Depends(Needs("audit"))]
Oneself = Annotated[Caller, Depends(Needs("self"))]


def knock_of(request: Request) -> Knock:
    """What a request brings along to be let in with."""
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    return Knock(
        address=address_of(request),
        cookie=request.cookies.get(COOKIE),
        bearer=token.strip() if kind.lower() == "bearer" else None,
        active="x-conduct-idle" not in request.headers,
    )


def address_of(request: Request) -> str:
    """From where a request comes. A trusted proxy's header may hold anything, the log's column 64 letters."""
    return (request.client.host if request.client else "")[:64]


def event_for(context: Context, caller: Caller, event_id: str) -> JudgedEvent:
    """One event. Raises UnknownEventError, also for one at a post that does not exist for the caller."""
    judged = context.store.event(event_id, context.now(), caller.reader)
    if not caller.sees(judged.event.post):
        raise UnknownEventError(event_id)
    return judged


def check_guarded(app: FastAPI) -> None:
    """Raises LookupError for a route that does not say which permission it needs."""
    for route in routes_of(app):
        if isinstance(route, APIRoute):
            if len(needs_of(route)) != 1:
                raise LookupError(f"{route.path}: expected one Needs, found {len(needs_of(route))}")
        elif getattr(route, "path", None) not in UNGUARDED:
            raise LookupError(f"{route}: expected a route with one Needs, found one that asks for nothing")


def routes_of(app: FastAPI) -> Iterator[BaseRoute]:
    """Every route of an application, those of included routers among them."""
    return _walk(app.routes)


def needs_of(route: APIRoute) -> list[Needs | Anybody]:
    """What a route asks for."""
    return [one.call for one in _all(route.dependant) if isinstance(one.call, Needs | Anybody)]


def needs(permission: Permission) -> params.Depends:
    """For a route's `dependencies`, where it has no use for the caller."""
    found: params.Depends = Depends(Needs(permission))
    return found


def _walk(routes: Iterable[BaseRoute]) -> Iterator[BaseRoute]:
    for route in routes:
        # FastAPI keeps an included router as one route with the router in it; older ones copy its routes.
        inner: APIRouter | None = getattr(route, "original_router", None)
        if inner is None:
            yield route
        else:
            yield from _walk(inner.routes)


def _all(dependant: Dependant) -> list[Dependant]:
    return [dependant, *(inner for one in dependant.dependencies for inner in _all(one))]


def _whose(caller: Caller) -> str:
    if caller.way == "open":
        return "which is only had by those who log in (see `conduct accounts add`)"
    return f"which {'this token' if caller.way == 'token' else f'the role {caller.role}'} lacks"
