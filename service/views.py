"""Who looked at which evidence, or at the wall, told to the audit log once per look and not per request."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

from service.auth.roles import Caller
from service.store import Store

ONE_LOOK = timedelta(minutes=10)
"""A player asks for many pieces of one clip: what follows within this time belongs to the same look."""
ONE_WATCH = timedelta(hours=1)
"""The wall asks again every few seconds."""


class Views:
    """The looks of late. Any thread may call it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._until: dict[tuple[str, ...], datetime] = {}

    def seen(self, caller: Caller, object_: str, kind: str, at: datetime, **detail: object) -> None:
        """The caller gets a piece of an event's clip or snapshot, or of the site; written down before."""
        self._told(caller, f"{kind}.viewed", object_, at, ONE_LOOK, **detail)

    def watched(self, caller: Caller, at: datetime) -> None:
        """The caller gets the wall, or a picture of it; written down once per session and hour."""
        self._told(caller, "wall.viewed", "", at, ONE_WATCH, pictures=caller.may("live"))

    def _told(
        self, caller: Caller, action: str, what: str, at: datetime, lasts: timedelta, **detail: object
    ) -> None:
        who = (caller.name or "", caller.way, caller.token or "", caller.session or "", caller.address)
        key = (*who, action, what)
        with self._lock:
            if key in self._until and at < self._until[key]:
                return
            self._until = {one: until for one, until in self._until.items() if at < until}
        self._store.audit.add(caller.act(at, action, what, **detail))
        with self._lock:
            self._until[key] = at + lasts
