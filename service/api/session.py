"""/api/session, /api/setup, /api/password: coming in, leaving, one's own password"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from service.api.access import COOKIE, MAY_NOT, NOT_LOGGED_IN, PUBLIC, Oneself, knock_of
from service.api.context import ContextDep
from service.api.problems import documented
from service.api.schemas import answered
from service.auth.entrance import ABSOLUTE, digest
from service.auth.passwords import LONGEST, check_password, hash_password
from service.auth.roles import Caller, Permission, Role

router = APIRouter(tags=["session"])

EXAMPLE_SESSION = {
    "login": "required",
    "name": "li.na",
    "role": "reviewer",
    "permissions": ["evidence", "read", "review", "self"],
    "posts": None,
}
_REFUSED = (401, "The name or the password is wrong.", "the name or the password is wrong", None)
_THROTTLED = (429, "Too many wrong tries; Retry-After says when.", "too many wrong passwords", None)
_FOREIGN = (403, "The request came from another site.", "requests from other sites are refused", None)
_UNFIT = (422, "A part is not acceptable.", "password: expected 10 to 128 characters, got 4", "password")
Password = Annotated[str, Field(min_length=1, max_length=LONGEST, description="The password.")]


class SessionOut(BaseModel):
    """Who is asking, and what they may."""

    login: str = Field(description="open: anybody may work here; required: one must log in.")
    name: str | None = Field(description="The account's name; null when nobody is logged in.")
    role: Role | None = Field(description="The account's role; null when nobody is logged in.")
    permissions: list[Permission] = Field(description="What the caller may ask for.")
    posts: list[str] | None = Field(description="Ids of the posts that exist for the caller; null = all.")


class LoginIn(BaseModel):
    """A name and a password."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=64, description="The account's name.")
    password: Password


class SetupIn(LoginIn):
    """The first admin."""

    code: str = Field(min_length=1, max_length=64, description="The code that `conduct serve` printed.")


class PasswordIn(BaseModel):
    """One's own password, old and new."""

    model_config = ConfigDict(extra="forbid")

    old: Password
    new: Password


@router.get(
    "/session",
    summary="Say who is asking",
    dependencies=[PUBLIC],
    responses={200: answered("The caller.", EXAMPLE_SESSION)},
)
def get_session(context: ContextDep, request: Request) -> SessionOut:
    """Who is logged in, and what they may. Anybody may ask."""
    caller = context.entrance.identify(knock_of(request), context.now())
    return session_out(caller, is_open=context.entrance.is_open())


@router.post(
    "/session",
    status_code=201,
    summary="Log in by password",
    dependencies=[PUBLIC],
    responses={
        201: answered("Logged in; the cookie is set.", EXAMPLE_SESSION),
        **documented(_REFUSED, _FOREIGN, _UNFIT, _THROTTLED),
    },
)
def log_in(
    context: ContextDep,
    request: Request,
    response: Response,
    wanted: Annotated[LoginIn, Body(examples=[{"name": "li.na", "password": "a long sentence"}])],
) -> SessionOut:
    """Log in by name and password. The session gets a new id; the one that the browser had before ends."""
    token, caller = context.entrance.log_in(wanted.name, wanted.password, knock_of(request), context.now())
    set_cookie(request, response, token)
    return session_out(caller, is_open=False)


@router.delete(
    "/session",
    summary="Log out of the session",
    responses={
        200: answered("Logged out.", {**EXAMPLE_SESSION, "name": None, "role": None, "permissions": []}),
        **documented(NOT_LOGGED_IN, MAY_NOT),
    },
)
def log_out(context: ContextDep, request: Request, response: Response, caller: Oneself) -> SessionOut:
    """End the session of the cookie that comes along."""
    context.entrance.log_out(knock_of(request), caller, context.now())
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="lax")
    return session_out(None, is_open=context.entrance.is_open())


@router.post(
    "/setup",
    status_code=201,
    summary="Set up the first admin",
    dependencies=[PUBLIC],
    responses={
        201: answered("The admin, logged in.", {**EXAMPLE_SESSION, "role": "admin"}),
        **documented(
            (401, "The code is wrong.", "expected the set-up code that `conduct serve` printed", None),
            _FOREIGN,
            (409, "There is an account already.", "expected no account, there is one already", None),
            _UNFIT,
            _THROTTLED,
        ),
    },
)
def set_up(
    context: ContextDep,
    request: Request,
    response: Response,
    wanted: Annotated[
        SetupIn,
        Body(examples=[{"code": "ABCD-EFGH-JKLM", "name": "li.na", "password": "a long sentence"}]),
    ],
) -> SessionOut:
    """Add the first account, an admin, with the code that `conduct serve` printed when it started."""
    token, caller = context.entrance.set_up(
        wanted.code, wanted.name, wanted.password, knock_of(request), context.now()
    )
    set_cookie(request, response, token)
    return session_out(caller, is_open=False)


@router.post(
    "/password",
    summary="Change one's own password",
    responses={
        200: answered("Changed; this session goes on.", EXAMPLE_SESSION),
        **documented(_REFUSED, MAY_NOT, _UNFIT, _THROTTLED),
    },
)
def change_password(
    context: ContextDep,
    request: Request,
    caller: Oneself,
    wanted: Annotated[PasswordIn, Body(examples=[{"old": "a long sentence", "new": "another sentence"}])],
) -> SessionOut:
    """Change the caller's password. Every other session of the account ends, and so do its API tokens."""
    now, name = context.now(), caller.name or ""
    context.entrance.confirm(caller, wanted.old, now)
    check_password(wanted.new, name)
    act = caller.act(now, "account.password", name)
    # This session keeps its id: the page asks all the time, and would be shut out until it has a new one.
    kept = digest(knock_of(request).cookie or "")
    context.store.accounts.set_password(caller.account or 0, hash_password(wanted.new), act, keep=kept)
    return session_out(caller, is_open=False)


def session_out(caller: Caller | None, *, is_open: bool) -> SessionOut:
    """What a caller is told about themselves."""
    posts = caller.posts if caller else None
    return SessionOut(
        login="open" if is_open else "required",
        name=caller.name if caller else None,
        role=caller.role if caller else None,
        permissions=sorted(caller.permissions) if caller else [],
        posts=None if posts is None else sorted(posts),
    )


def set_cookie(request: Request, response: Response, token: str) -> None:
    """Let a browser keep a session."""
    # Lax, not strict: a link in an alert must open the page logged in. What writes also needs our own Origin.
    response.set_cookie(
        COOKIE,
        token,
        max_age=int(ABSOLUTE.total_seconds()),
        path="/",
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
