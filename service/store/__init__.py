"""The store: what the monitor remembers."""

from service.store import (  # noqa: F401 - these tables are part of every store
    alert_tables,
    appeal_tables,
    claim_tables,
    plant_tables,
    spot_tables,
    watched_table,
)
from service.store.database import StoreAwayError, StoreUnavailableError, open_database
from service.store.page import BadCursorError, EventFilter, Order
from service.store.records import EventPage, Hall, JudgedEvent, LastLook, StoredPost, UnknownEventError
from service.store.store import Store

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
