"""How long a report takes over a million events and a year of hours.

`.venv/bin/python tests/service/measure_reports.py` measures on SQLite in a folder that is removed again;
`--postgres` in a cluster of its own, `--url postgresql://...` in that database, which is emptied. JSON:
the seconds of five reports for each period.
"""

from __future__ import annotations

import argparse
import atexit
import json
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
from samples_postgres import Cluster, binaries
from sqlalchemy import delete, insert

from pipelines.rules.schedule import ScheduleSettings
from service.reports.making import make_report
from service.reports.period import Period
from service.store import Hall, Store, StoredPost, open_database
from service.store.tables import EventRow, VerdictRow
from service.store.watched_table import STATES, WatchedRow

ZONE = ZoneInfo("Asia/Shanghai")
FIRST, DAYS, POSTS = date(2026, 1, 1), 365, 50
RULES = ("absent", "phone_use", "smoking", "eating", "out_of_uniform")
SHIFTS = ScheduleSettings.model_validate(
    {
        "shifts": [
            {"days": "mon-fri", "from": "09:00", "to": "12:00"},
            {"days": "mon-fri", "from": "14:00", "to": "17:30"},
        ]
    }
)
HOURS = (0.0, 9.0, 10.0, 11.0, 12.0, 14.0, 15.0, 16.0, 17.0, 17.5)
"""When buckets begin on a day of work."""
PERIODS = {"day": 1, "week": 7, "month": 31, "year": 365}


def events(number: int) -> Iterator[dict[str, Any]]:
    """So many events over the year, nine in ten of them judged."""
    chance = random.Random(1)
    begin = datetime(2025, 12, 31, 16, tzinfo=UTC)
    for i in range(number):
        start = begin + timedelta(seconds=chance.randrange(DAYS * 86_400))
        judged = chance.random() < 0.9
        yield {
            "id": f"{i:016x}",
            "rule": chance.choice(RULES),
            "clause": "B15",
            "post": f"w{chance.randrange(POSTS):02}",
            "camera": "east",
            "start": start,
            "end": start + timedelta(seconds=30),
            "state": "closed",
            "confidence": 0.9,
            "why": "a phone in the hand (93 %)",
            "clip": f"clips/{i:016x}.mp4",
            "snapshot": None,
            "timeline": None,
            "model": {"name": "detector", "sha256": "ab" * 32},
            "rule_version": "1-12345678",
            "verdict": chance.choice(("confirmed", "confirmed", "rejected", "unclear")) if judged else None,
            "judged_after_s": chance.expovariate(1 / 7200) if judged else None,
        }


def hours() -> Iterator[dict[str, Any]]:
    """What a year of two shifts a day leaves: a row for each hour of a shift, one for each time between."""
    begin = datetime(2025, 12, 31, 16, tzinfo=UTC)
    for day in range(DAYS):
        midnight = begin + timedelta(days=day)
        worked = (FIRST + timedelta(days=day)).weekday() < 5
        ends = [*HOURS, 24.0] if worked else [0.0, 24.0]
        for start, end in pairwise(ends):
            ms = round((end - start) * 3_600_000)
            seen = worked and start >= 9 and start not in (12.0, 17.5)
            spent = dict.fromkeys((f"{state}_ms" for state in STATES), 0)
            spent |= {"staffed_ms": ms * 9 // 10, "unknown_ms": ms // 10} if seen else {"out_ms": ms}
            bucket = midnight + timedelta(hours=start)
            until = midnight + timedelta(hours=end)
            for post in range(POSTS):
                yield {"post": f"w{post:02}", "bucket": bucket, "until": until, **spent}


def fill(store: Store, number: int) -> None:
    posts = [
        StoredPost(
            id=f"w{n:02}", name=f"{n}号窗口", camera="east", staff_zone=(), visitor_zone=None, active=True
        )
        for n in range(POSTS)
    ]
    store.set_site(Hall("测试大厅", ZONE, SHIFTS), posts)
    with store.transactions.write() as session:
        for table in (VerdictRow, EventRow, WatchedRow):
            session.execute(delete(table))
        for table, rows in ((EventRow, events(number)), (WatchedRow, hours())):
            batch: list[dict[str, Any]] = []
            for row in rows:
                batch.append(row)
                if len(batch) == 5000:
                    session.execute(insert(table), batch)
                    batch = []
            if batch:
                session.execute(insert(table), batch)


def settle(url: str) -> None:
    """What PostgreSQL's autovacuum does within minutes of so many rows."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


def measure(store: Store, times: int) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {}
    now = datetime(2027, 1, 1, tzinfo=UTC)
    for name, days in PERIODS.items():
        last = FIRST + timedelta(days=DAYS - 1)
        period = Period(last - timedelta(days=days - 1), last, ZONE)
        for who, posts in (("all", None), ("supervisor", frozenset({"w03", "w07"}))):
            taken = []
            for _ in range(times):
                began = time.perf_counter()
                report = make_report(store, period, posts, now)
                taken.append(round(time.perf_counter() - began, 3))
            found[f"{name}, {who}, {report.total.events} events"] = taken
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--url", help="of a PostgreSQL database that may be emptied")
    parser.add_argument("--postgres", action="store_true", help="in a PostgreSQL cluster of its own")
    parser.add_argument("--keep", type=Path, help="SQLite file to use again; filled when it is not there")
    given = parser.parse_args()
    if given.postgres:
        folder_of_binaries = binaries()
        assert folder_of_binaries is not None, "expected PostgreSQL: apt install postgresql"
        cluster = Cluster(folder_of_binaries)
        given.url = cluster.empty_database()
        atexit.register(cluster.remove)
    with tempfile.TemporaryDirectory() as folder:
        file = given.keep or Path(folder) / "store.sqlite3"
        there = file.exists() and given.url is None
        store = Store(open_database(given.url or f"sqlite:///{file}"))
        if not there:
            fill(store, given.events)
            if given.url is not None:
                settle(given.url)
        sys.stdout.write(json.dumps(measure(store, 5), indent=1) + "\n")
        store.close()


if __name__ == "__main__":
    main()
