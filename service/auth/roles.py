"""Roles, what each may do, and who is asking. Pure: no store, no request.

A role is a set of permissions; an account may besides be bound to some posts, and then the others do not
exist for it. A supervisor always is. An API token has at most what its account has.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from service.audit import Act
from service.review.standing import Reader

Permission = Literal[
    "read",
    "evidence",
    "live",
    "review",
    "adjudicate",
    "cover",
    "appeals",
    "decide",
    "alerts",
    "accounts",
    "audit",
    "setup",
    "self",
]
"""What a route may ask for. read: events, posts, health, verdicts, covers. evidence: clips, snapshots and
timelines; bystanders are seen in them. live: the pictures of the wall, where nothing need be asked: for
those who answer for posts or can have a clip cut at any moment anyway (findings by hand); never with a token,
for no program needs to look on. adjudicate: to decide where two reviewers disagree.
appeals: what the staff say, and links for them. decide: on appeals, never with a token.
alerts: what was sent to whom, tests, new tries. setup: the site file, and pictures of any camera.
self: one's own password and tokens, never with a token."""
Role = Literal["viewer", "reviewer", "supervisor", "adjudicator", "admin", "auditor"]
Scope = Literal["read", "review", "admin"]
Way = Literal["session", "token", "open", "command", "link"]
"""How somebody came in: logged in, with an API token, without a login, from the command line, or by the link
of a message."""

ROLES: Mapping[Role, frozenset[Permission]] = {
    "viewer": frozenset({"read"}),
    "reviewer": frozenset({"read", "evidence", "live", "review"}),
    "supervisor": frozenset({"read", "evidence", "live", "cover", "appeals"}),
    "adjudicator": frozenset(
        {"read", "evidence", "live", "review", "adjudicate", "cover", "appeals", "decide"}
    ),
    "admin": frozenset(
        {
            "read",
            "evidence",
            "live",
            "review",
            "adjudicate",
            "cover",
            "appeals",
            "decide",
            "alerts",
            "accounts",
            "audit",
            "setup",
        }
    ),
    "auditor": frozenset({"read", "audit"}),
}
SCOPES: Mapping[Scope, frozenset[Permission]] = {
    "read": frozenset({"read", "evidence"}),
    "review": frozenset({"review", "adjudicate", "cover", "appeals"}),
    "admin": frozenset({"alerts", "accounts", "audit", "setup"}),
}
OPEN: frozenset[Permission] = frozenset({"read", "evidence", "live", "review", "cover", "alerts"})
"""What anybody may in open mode: the work, never accounts, the audit log and appeals, which want names."""


class AccountRefusedError(ValueError):
    """An account cannot be as it is wanted; `field` names the part at fault."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True)
class Caller:
    """Who asks, from where, and what they may; `posts` None = all posts, `name` None = nobody logged in."""

    name: str | None
    way: Way
    address: str
    permissions: frozenset[Permission]
    role: Role | None = None
    posts: frozenset[str] | None = None
    account: int | None = None
    token: str | None = None
    """Name of the API token that was shown."""
    session: str | None = None
    """What tells this login from others of the account; no secret."""

    def may(self, permission: Permission) -> bool:
        """Whether a route that asks for this lets the caller in."""
        return permission in self.permissions

    def sees(self, post: str) -> bool:
        """Whether the post exists for the caller."""
        return self.posts is None or post in self.posts

    @property
    def reader(self) -> Reader:
        """As whom they look at events: by the role, not a token's scopes; a program sees for its owner."""
        may: frozenset[Permission] = ROLES[self.role] if self.role else frozenset()
        # An adjudicator who gave the second opinion could not decide between it and the first.
        opinion = "review" in may and self.role != "adjudicator"
        return Reader(self.name, opinion=opinion, decides="adjudicate" in may)

    def act(self, at: datetime, action: str, object_: str = "", **detail: object) -> Act:
        """What the caller does, for the audit log."""
        told = {**detail, "token": self.token} if self.token is not None else detail
        return Act(
            at=at,
            who=self.name or "",
            way=self.way,
            action=action,
            object=object_,
            address=self.address,
            detail=told,
        )


def scoped(role: Role, scopes: Collection[Scope]) -> frozenset[Permission]:
    """What a token with these scopes may whose account has this role."""
    return ROLES[role] & frozenset[Permission]().union(*(SCOPES[scope] for scope in scopes))


def check_posts(role: Role, posts: Collection[str] | None, known: Collection[str] | None = None) -> None:
    """Raises AccountRefusedError for a supervisor without posts, and for posts that are not `known`."""
    if role == "supervisor" and not posts:
        raise AccountRefusedError("posts", "expected the supervisor's own posts, got none")
    unknown = sorted(set(posts or ()) - set(known)) if known is not None else []
    if unknown:
        there = ", ".join(sorted(known or ())) or "none yet: serve the site once"
        raise AccountRefusedError("posts", f"expected ids of posts ({there}), got {', '.join(unknown)!r}")
