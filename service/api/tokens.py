"""/api/tokens: the caller's own API tokens"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Body, Path
from pydantic import BaseModel, ConfigDict, Field

from service.api.access import MAY_NOT, NOT_LOGGED_IN, Oneself
from service.api.context import ContextDep
from service.api.problems import documented
from service.api.schemas import answered
from service.auth.entrance import digest, new_token
from service.auth.roles import Scope
from service.store.sessions import Token

router = APIRouter(tags=["tokens"], responses=documented(NOT_LOGGED_IN, MAY_NOT))

EXAMPLE_TOKEN: dict[str, Any] = {
    "id": 3,
    "account": 7,
    "name": "weekly report",
    "scopes": ["read"],
    "created_at": "2026-01-05T09:00:00+00:00",
    "expires_at": None,
}
_UNKNOWN = (404, "The caller has no such token.", "you have no token with the number 3", "token_id")
TokenId = Annotated[int, Path(ge=1, lt=2**31, description="Number of a token.", examples=[3])]


class TokensOut(BaseModel):
    """The caller's tokens, without the tokens."""

    tokens: list[Token] = Field(description="Oldest first.")


class TokenIn(BaseModel):
    """A token that is wanted."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=64, description="What it is for.")
    scopes: list[Scope] = Field(min_length=1, max_length=3, description="read, review, admin.")
    days: int | None = Field(
        default=None, strict=True, ge=1, le=3650, description="How long it is good; null = it stays."
    )


class NewTokenOut(Token):
    """A new token, the only time that it is shown."""

    token: str = Field(description="Send it as `Authorization: Bearer ...`. It is not kept: note it down.")


@router.get(
    "/tokens",
    summary="List one's API tokens",
    responses={200: answered("The tokens.", {"tokens": [EXAMPLE_TOKEN]})},
)
def list_tokens(context: ContextDep, caller: Oneself) -> TokensOut:
    """The caller's own tokens, expired ones included."""
    return TokensOut(tokens=context.store.sessions.tokens(caller.account or 0))


@router.post(
    "/tokens",
    status_code=201,
    summary="Make an API token",
    responses={
        201: answered("The token, shown once.", {**EXAMPLE_TOKEN, "token": "conduct_Zk3..."}),
        **documented((422, "A part is not acceptable.", "days: Input should be at least 1", "days")),
    },
)
def make_token(
    context: ContextDep,
    caller: Oneself,
    wanted: Annotated[TokenIn, Body(examples=[{"name": "weekly report", "scopes": ["read"], "days": 90}])],
) -> NewTokenOut:
    """Make a token for a program. Its account's role and posts hold for it too."""
    now, token = context.now(), new_token()
    expires = None if wanted.days is None else now + timedelta(days=wanted.days)
    scopes = tuple(dict.fromkeys(wanted.scopes))
    act = caller.act(now, "token.made", wanted.name, scopes=list(scopes))
    made = context.store.sessions.add_token(
        caller.account or 0, wanted.name, scopes, digest(token), expires, act
    )
    return NewTokenOut(**made.model_dump(), token=token)


@router.delete(
    "/tokens/{token_id}",
    summary="Revoke an API token",
    responses={
        200: answered("The token that was.", EXAMPLE_TOKEN),
        **documented(
            _UNKNOWN, (422, "It looks like no number.", "token_id: Input should be a number", "token_id")
        ),
    },
)
def revoke_token(context: ContextDep, caller: Oneself, token_id: TokenId) -> Token:
    """Take a token back; it is worth nothing from now on."""
    act = caller.act(context.now(), "token.revoked", str(token_id))
    return context.store.sessions.revoke(caller.account or 0, token_id, act)
