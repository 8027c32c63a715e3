"""Covers in the store, as a run asks for them at every look."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence

from sqlalchemy.exc import SQLAlchemyError

from pipelines.covers import by_post
from pipelines.rules.covers import Cover
from service.store import Store

log = logging.getLogger(__name__)

REFRESH_S = 2.0
"""How long a change may take to reach a run, also when another process has made it."""


class StoreCovers:
    """The store's covers by post, asked anew every two seconds; while it is away the last known hold."""

    def __init__(self, store: Store, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._store, self._clock = store, clock
        self._lock = threading.Lock()
        self._asked_at = float("-inf")
        self._version: object = None
        self._known: Mapping[str, Sequence[Cover]] = {}
        self._away = False

    def of(self, post: str) -> Sequence[Cover]:
        """See `pipelines.covers.CoverSource`."""
        with self._lock:
            if self._clock() - self._asked_at >= REFRESH_S:
                self._asked_at = self._clock()
                self._refresh()
            return self._known.get(post, ())

    def _refresh(self) -> None:
        try:
            version = self._store.covers.version()
            if version != self._version:
                posts = [one.id for one in self._store.posts()]
                self._known = by_post(self._store.covers.find(), posts)
                self._version = version
        except SQLAlchemyError as error:
            if not self._away:
                log.error("the store's covers cannot be asked, those known hold: %s", type(error).__name__)
            self._away = True
        else:
            self._away = False
