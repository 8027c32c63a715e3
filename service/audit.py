"""The audit log's chain. Pure.

Each entry holds the hash of the one before, so none can be changed, removed or moved without the next one
showing it; the head (number and hash of the last entry) shows a cut end.

Whoever can write to the database can make a whole new chain, head included. Against that, note the head down
elsewhere now and then: `conduct audit verify` prints it, and `--head` compares.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

NO_HASH = "0" * 64
"""What the first entry holds as the hash of the one before."""


class Act(BaseModel):
    """What somebody did."""

    model_config = ConfigDict(frozen=True)

    at: datetime = Field(description="When, aware.")
    who: str = Field(description="The account's name; empty when nobody is logged in.")
    way: str = Field(
        description="session, token, open (no login), command (the command line), link (of a message), "
        "service (by itself)."
    )
    action: str = Field(description="What, as noun.verb: login.failed, verdict.given, clip.viewed.")
    object: str = Field(description="On which object: an event's id, an account's name; may be empty.")
    address: str = Field(description="From which network address; empty on the command line.")
    detail: Mapping[str, Any] = Field(description="What else belongs to it; JSON.")


class Entry(Act):
    """An act in the log."""

    seq: int = Field(description="Number of the entry, from 1 without gaps.")
    previous: str = Field(description="Hash of the entry before.")
    hash: str = Field(description="SHA-256 over this entry's canonical JSON, without this field.")


class Head(NamedTuple):
    """The last entry's number and hash; (0, NO_HASH) when there is none."""

    seq: int
    hash: str


class Fault(NamedTuple):
    """The first entry at which the chain does not hold, and how."""

    seq: int
    what: str


def link(act: Act, head: Head) -> Entry:
    """The entry that follows the head."""
    fields = {**act.model_dump(), "seq": head.seq + 1, "previous": head.hash}
    fields["at"] = act.at.astimezone(UTC)
    return Entry(**fields, hash=_digest(fields))


def first_fault(entries: Iterable[Entry], head: Head) -> Fault | None:
    """Where the chain of entries, in their stored order, breaks or misses the head; None when it holds."""
    last = Head(0, NO_HASH)
    for entry in entries:
        if entry.seq != last.seq + 1:
            return Fault(last.seq + 1, f"expected entry {last.seq + 1}, found {entry.seq}")
        if entry.previous != last.hash:
            return Fault(entry.seq, "it does not follow the entry before")
        if entry.hash != _digest(entry.model_dump(exclude={"hash"})):
            return Fault(entry.seq, "it was changed")
        last = Head(entry.seq, entry.hash)
    if last != head:
        return Fault(last.seq + 1, f"expected {head.seq} entries to the head, found {last.seq}")
    return None


def _digest(fields: Mapping[str, Any]) -> str:
    at: datetime = fields["at"]
    told = {**fields, "at": at.astimezone(UTC).isoformat(timespec="microseconds")}
    canonical = json.dumps(told, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
