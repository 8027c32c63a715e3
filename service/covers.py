"""Covers in the store, as a run asks for them at every look."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress

from sqlalchemy.exc import SQLAlchemyError

from pipelines.hall.covers import by_post
from pipelines.rules.covers import Cover
from service.store import Store

log = logging.getLogger(__name__)

REFRESH_S = 2.0
"""How long a change may take to reach a run, also when another process has made it."""
PATIENCE_S = 0.2
"""How long a look waits for the store's answer; after that the last known covers hold."""


class StoreCovers:
    """The store's covers by post, asked anew every two seconds; while it is away the last known hold.

    They are asked for by a thread of its own, so that a store that does not answer holds up no look.
    """

    def __init__(self, store: Store, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._store, self._clock = store, clock
        self._lock = threading.Lock()
        self._asked_at = float("-inf")
        self._version: object = None
        self._known: Mapping[str, Sequence[Cover]] = {}
        self._away = False
        self._asking = ThreadPoolExecutor(1, thread_name_prefix="covers")
        self._asked: Future[None] | None = None

    def of(self, post: str) -> Sequence[Cover]:
        """See `pipelines.hall.covers.CoverSource`."""
        with self._lock:
            if self._clock() - self._asked_at >= REFRESH_S:
                self._asked_at = self._clock()
                self._ask()
            return self._known.get(post, ())

    def _ask(self) -> None:
        if self._asked is not None and not self._asked.done():
            return
        self._asked = self._asking.submit(self._refresh)
        with suppress(TimeoutError):
            self._asked.result(PATIENCE_S)

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
