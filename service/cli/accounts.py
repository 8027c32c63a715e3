"""`conduct accounts ...`: who may log in, from the command line. Whoever may run it owns the store anyway."""

import sys
from datetime import UTC, datetime, timedelta
from typing import Annotated, cast, get_args

import typer

from pipelines.rules.events import compact_json
from service.auth.entrance import command_line, digest, new_token
from service.auth.passwords import check_password, hash_password
from service.auth.roles import AccountRefusedError, Role, Scope, check_posts
from service.cli.options import chosen_settings, fail, opened_store
from service.oidc.people import checked_subject
from service.oidc.registration import registration_of
from service.oidc.trouble import NoProviderError
from service.store import Store
from service.store.accounts import Account, Identity, UnknownAccountError

app = typer.Typer(help="Who may log in, as what, for which posts.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(metavar="NAME", help="name of the account")]
RoleWord = Annotated[str, typer.Option("--role", help=f"one of {', '.join(get_args(Role))}")]
Posts = Annotated[str | None, typer.Option("--posts", metavar="ID,ID", help="only these posts; default all")]


@app.command()
def add(name: Name, role: RoleWord, posts: Posts = None) -> None:
    """Add an account; its password is asked for, or read from stdin as one line."""
    chosen = _one_of("--role", role, get_args(Role))
    ids = _posts(posts)
    with opened_store() as store:
        try:
            _check_posts(store, cast(Role, chosen), ids)
            hashed = _new_password(name)
            act = command_line().act(_now(), "account.added", name, role=chosen, posts=ids)
            store.accounts.add(name, cast(Role, chosen), ids, hashed, act)
        except AccountRefusedError as error:
            fail(f"{error.field}: {error}")
    print(f"added: {name}, {chosen}, {_of(ids)}")


@app.command("list")
def list_accounts(
    as_json: Annotated[bool, typer.Option("--json", help="one line of JSON per account")] = False,
) -> None:
    """List the accounts, by name."""
    with opened_store() as store:
        for account in store.accounts.all():
            print(compact_json(account.model_dump(mode="json")) if as_json else _line(account))


@app.command()
def change(name: Name, role: RoleWord, posts: Posts = None) -> None:
    """Give an account this role and these posts."""
    chosen = cast(Role, _one_of("--role", role, get_args(Role)))
    _change(name, chosen, _posts(posts), disabled=None)


@app.command()
def disable(name: Name) -> None:
    """Shut an account out: its sessions end, its tokens are worth nothing."""
    _change(name, None, None, disabled=True)


@app.command()
def enable(name: Name) -> None:
    """Let an account in again."""
    _change(name, None, None, disabled=False)


@app.command()
def password(name: Name) -> None:
    """Give an account another password, asked for or read from stdin; its sessions end."""
    with opened_store() as store:
        account = _account(store, name)
        try:
            hashed = _new_password(account.name)
        except AccountRefusedError as error:
            fail(f"{error.field}: {error}")
        act = command_line().act(_now(), "account.password", account.name)
        store.accounts.set_password(account.id, hashed, act)
    print(f"changed: the password of {account.name}")


@app.command()
def token(
    name: Name,
    scope: Annotated[list[str], typer.Option(help=f"one of {', '.join(get_args(Scope))}; may be repeated")],
    label: Annotated[str, typer.Option(help="what the token is for")] = "command line",
    days: Annotated[
        int | None, typer.Option(min=1, max=3650, help="how long it is good; default for ever")
    ] = None,
) -> None:
    """Make an API token that acts for an account, and print it: it is shown this once."""
    scopes = cast(tuple[Scope, ...], tuple(_one_of("--scope", one, get_args(Scope)) for one in scope))
    with opened_store() as store:
        account, made, now = _account(store, name), new_token(), _now()
        expires = None if days is None else now + timedelta(days=days)
        act = command_line().act(now, "token.made", label[:64], account=account.name, scopes=list(scopes))
        store.sessions.add_token(account.id, label[:64], scopes, digest(made), expires, act)
    print(made)


@app.command()
def link(
    name: Name, subject: Annotated[str, typer.Argument(help="claim sub of its owner's ID token")]
) -> None:
    """Link an account to who its owner is at the provider of CONDUCT_OIDC_ISSUER."""
    registration = registration_of(chosen_settings(None, None))
    if registration is None:
        raise NoProviderError
    try:
        _link(name, Identity(registration.issuer, checked_subject(subject)))
    except AccountRefusedError as error:
        fail(f"{error.field}: {error}")
    print(f"linked: {name}")


@app.command()
def unlink(name: Name) -> None:
    """End single sign-on for an account; its sessions end, its tokens are revoked."""
    _link(name, None)
    print(f"unlinked: {name}")


def _link(name: str, identity: Identity | None) -> None:
    with opened_store() as store:
        account = _account(store, name)
        detail = identity._asdict() if identity else {}
        action = "account.linked" if identity else "account.unlinked"
        act = command_line().act(_now(), action, account.name, **detail)
        store.identities.link(account.id, identity, act)


def _change(name: str, role: Role | None, posts: tuple[str, ...] | None, *, disabled: bool | None) -> None:
    with opened_store() as store:
        account = _account(store, name)
        if role is None:
            role, posts = account.role, account.posts
        shut = account.disabled if disabled is None else disabled
        try:
            _check_posts(store, role, posts)
            act = command_line().act(
                _now(), "account.changed", account.name, role=role, posts=posts, disabled=shut
            )
            print(_line(store.accounts.change(account.id, role, posts, shut, act)))
        except AccountRefusedError as error:
            fail(f"{error.field}: {error}")


def _check_posts(store: Store, role: Role, posts: tuple[str, ...] | None) -> None:
    # Accounts may be made before the site is served for the first time; then no post is known yet.
    check_posts(role, posts, [post.id for post in store.posts()] or None)


def _account(store: Store, name: str) -> Account:
    try:
        return store.accounts.named(name)
    except UnknownAccountError:
        fail(f"NAME: expected the name of an account, none is called {name!r}")


def _new_password(name: str) -> str:
    if sys.stdin.isatty():
        given = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    else:
        given = sys.stdin.readline().rstrip("\r\n")
    check_password(given, name)
    return hash_password(given)


def _posts(words: str | None) -> tuple[str, ...] | None:
    return None if words is None else tuple(one.strip() for one in words.split(",") if one.strip())


def _one_of(option: str, word: str, words: tuple[str, ...]) -> str:
    if word not in words:
        fail(f"{option}: expected one of {', '.join(words)}, got {word!r}")
    return word


def _of(posts: tuple[str, ...] | None) -> str:
    return "all posts" if posts is None else ", ".join(posts)


def _line(account: Account) -> str:
    shut = "  shut out" if account.disabled else ""
    return f"{account.name:<20}  {account.role:<11}  {_of(account.posts)}{shut}"


def _now() -> datetime:
    return datetime.now(UTC)
