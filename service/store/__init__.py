"""The store: what the monitor remembers."""

from service.store import alert_tables, watched_table  # noqa: F401 - their tables are part of every store
from service.store.database import StoreAwayError, StoreUnavailableError, open_database
from service.store.page import BadCursorError, EventFilter, Order
from service.store.records import EventPage, Hall, JudgedEvent, LastLook, StoredPost
from service.store.store import Store, UnknownEventError

__all__ = [
    "BadCursorError",
    "EventFilter",
    "EventPage",
    "Hall",
    "JudgedEvent",
    "LastLook",
    "Order",
    "Store",
    "StoreAwayError",
    "StoreUnavailableError",
    "StoredPost",
    "UnknownEventError",
    "open_database",
]
