"""/api/accounts"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Path
from pydantic import BaseModel, ConfigDict, Field

from service.api.access import MAY_NOT, NOT_LOGGED_IN, MayKeepAccounts, needs
from service.api.context import ContextDep
from service.api.problems import documented
from service.api.schemas import answered
from service.auth.passwords import LONGEST, check_password, hash_password, unknown_password
from service.auth.roles import Role, check_posts
from service.oidc.people import LONGEST_SUBJECT, checked_subject
from service.oidc.trouble import NoProviderError
from service.store.accounts import Account, Identity

router = APIRouter(tags=["accounts"], responses=documented(NOT_LOGGED_IN, MAY_NOT))

EXAMPLE_ACCOUNT: dict[str, Any] = {
    "id": 7,
    "name": "wang.fang",
    "role": "supervisor",
    "posts": ["w01", "w02"],
    "disabled": False,
    "created_at": "2026-01-05T09:00:00+00:00",
    "issuer": None,
    "subject": None,
}
_UNKNOWN = (404, "No account has this number.", "no account has the number 7", "account_id")
_BAD_NUMBER = (
    422,
    "The number does not look like one.",
    "account_id: Input should be greater than or equal to 1",
    "account_id",
)
_UNFIT = (422, "A part is not acceptable.", "posts: expected the supervisor's own posts, got none", "posts")
_NO_PROVIDER = (409, "There is no single sign-on.", "expected CONDUCT_OIDC_ISSUER to be set, it is not", None)
_TAKEN = (
    422,
    "Another account has it.",
    "subject: expected one of no account, it is that of li.na",
    "subject",
)
AccountId = Annotated[int, Path(ge=1, lt=2**31, description="Number of an account.", examples=[7])]
Posts = Annotated[
    list[str] | None, Field(max_length=1000, description="Ids of the posts that exist for it; null = all.")
]


class AccountsOut(BaseModel):
    """Everybody who may log in."""

    accounts: list[Account] = Field(description="By name.")


class AccountIn(BaseModel):
    """A new account."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=64, description="1 to 64 letters, digits and . _ - @; verdicts carry it.")
    role: Role = Field(description="What it may do.")
    posts: Posts = None
    password: str | None = Field(
        default=None,
        max_length=LONGEST,
        description="Its first password; null = none that anybody knows, for who comes by single sign-on.",
    )


class AccountChangeIn(BaseModel):
    """What an account is from now on."""

    model_config = ConfigDict(extra="forbid")

    role: Role = Field(description="What it may do.")
    posts: Posts = None
    disabled: bool = Field(default=False, strict=True, description="True = it may not log in any more.")


class IdentityIn(BaseModel):
    """Who an account's owner is at the OpenID provider of the settings."""

    model_config = ConfigDict(extra="forbid")

    subject: str = Field(
        min_length=1,
        max_length=LONGEST_SUBJECT,
        description="The claim sub of their ID token; the page tells it to who has no account yet.",
    )


class NewPasswordIn(BaseModel):
    """A password to go on with."""

    model_config = ConfigDict(extra="forbid")

    password: str = Field(max_length=LONGEST, description="The new password.")


_LINKED = {
    **EXAMPLE_ACCOUNT,
    "issuer": "https://login.hall.example/realms/hall",
    "subject": "5f1c2a4e-7d1b-4c43-9a55-3a8f4d1c9e02",
}
_CHANGE = {key: EXAMPLE_ACCOUNT[key] for key in ("role", "posts", "disabled")}


@router.get(
    "/accounts",
    summary="List the accounts",
    dependencies=[needs("accounts")],
    responses={200: answered("The accounts.", {"accounts": [EXAMPLE_ACCOUNT]})},
)
def list_accounts(context: ContextDep) -> AccountsOut:
    """Everybody who may log in, disabled accounts included."""
    return AccountsOut(accounts=context.store.accounts.all())


@router.post(
    "/accounts",
    status_code=201,
    summary="Add an account",
    responses={201: answered("The account.", EXAMPLE_ACCOUNT), **documented(_UNFIT)},
)
def add_account(
    context: ContextDep,
    caller: MayKeepAccounts,
    wanted: Annotated[
        AccountIn,
        Body(
            examples=[
                {"name": "wang.fang", "role": "supervisor", "posts": ["w01"], "password": "a long sentence"}
            ]
        ),
    ],
) -> Account:
    """Let somebody log in."""
    check_posts(wanted.role, wanted.posts, _posts(context))
    if wanted.password is not None:
        check_password(wanted.password, wanted.name)
    act = caller.act(context.now(), "account.added", wanted.name, role=wanted.role, posts=wanted.posts)
    posts = None if wanted.posts is None else tuple(wanted.posts)
    hashed = unknown_password() if wanted.password is None else hash_password(wanted.password)
    return context.store.accounts.add(wanted.name, wanted.role, posts, hashed, act)


@router.put(
    "/accounts/{account_id}",
    summary="Change an account",
    responses={200: answered("The account.", EXAMPLE_ACCOUNT), **documented(_UNKNOWN, _UNFIT)},
)
def change_account(
    context: ContextDep,
    caller: MayKeepAccounts,
    account_id: AccountId,
    wanted: Annotated[AccountChangeIn, Body(examples=[_CHANGE])],
) -> Account:
    """Give an account another role or other posts, shut it out, or let it in again. Holds at once."""
    check_posts(wanted.role, wanted.posts, _posts(context))
    name = context.store.accounts.get(account_id).name
    act = caller.act(context.now(), "account.changed", name, **wanted.model_dump())
    posts = None if wanted.posts is None else tuple(wanted.posts)
    return context.store.accounts.change(account_id, wanted.role, posts, wanted.disabled, act)


@router.post(
    "/accounts/{account_id}/password",
    summary="Reset an account's password",
    responses={200: answered("The account.", EXAMPLE_ACCOUNT), **documented(_UNKNOWN, _UNFIT)},
)
def reset_password(
    context: ContextDep,
    caller: MayKeepAccounts,
    account_id: AccountId,
    wanted: Annotated[NewPasswordIn, Body(examples=[{"password": "a long sentence"}])],
) -> Account:
    """Give an account a password to go on with. Its sessions and tokens end; its owner should change it."""
    account = context.store.accounts.get(account_id)
    check_password(wanted.password, account.name)
    act = caller.act(context.now(), "account.password", account.name)
    context.store.accounts.set_password(account_id, hash_password(wanted.password), act)
    return account


@router.put(
    "/accounts/{account_id}/identity",
    summary="Link an account for single sign-on",
    responses={
        200: answered("The account.", _LINKED),
        **documented(_UNKNOWN, _NO_PROVIDER, _TAKEN),
    },
)
def link_account(
    context: ContextDep,
    caller: MayKeepAccounts,
    account_id: AccountId,
    wanted: Annotated[IdentityIn, Body(examples=[{"subject": _LINKED["subject"]}])],
) -> Account:
    """Let somebody into an account by single sign-on. Who came in by another identity before is put out."""
    if context.sign_on is None:
        raise NoProviderError
    name = context.store.accounts.get(account_id).name
    identity = Identity(context.sign_on.issuer, checked_subject(wanted.subject))
    act = caller.act(context.now(), "account.linked", name, **identity._asdict())
    return context.store.identities.link(account_id, identity, act)


@router.delete(
    "/accounts/{account_id}/identity",
    summary="Unlink an account from single sign-on",
    responses={200: answered("The account.", EXAMPLE_ACCOUNT), **documented(_UNKNOWN, _BAD_NUMBER)},
)
def unlink_account(context: ContextDep, caller: MayKeepAccounts, account_id: AccountId) -> Account:
    """End single sign-on for an account, its sessions and its API tokens. Its password stays good."""
    name = context.store.accounts.get(account_id).name
    act = caller.act(context.now(), "account.unlinked", name)
    return context.store.identities.link(account_id, None, act)


def _posts(context: ContextDep) -> list[str]:
    return [post.id for post in context.store.posts()]
