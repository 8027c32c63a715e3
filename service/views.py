"""Who looked at which evidence, told to the audit log once per look and not per piece of a video."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

from service.auth.roles import Caller
from service.store import Store

ONE_LOOK = timedelta(minutes=10)
"""A player asks for many pieces of one clip: what follows within this time belongs to the same look."""


class Views:
    """The looks of late. Any thread may call it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._last: dict[tuple[str, ...], datetime] = {}

    def seen(self, caller: Caller, object_: str, kind: str, at: datetime, **detail: object) -> None:
        """The caller gets a piece of an event's clip or snapshot, or of the site; written down before."""
        key = (caller.name or "", caller.way, caller.token or "", caller.address, object_, kind)
        with self._lock:
            if key in self._last and at - self._last[key] < ONE_LOOK:
                return
            self._last = {one: when for one, when in self._last.items() if at - when < ONE_LOOK}
        self._store.audit.add(caller.act(at, f"{kind}.viewed", object_, **detail))
        with self._lock:
            self._last[key] = at
