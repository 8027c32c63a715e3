"""What the service's tests share: stores, events, and a client that needs no socket."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from samples_bucket import Hall
from samples_postgres import Cluster, binaries
from samples_s3 import S3Server
from samples_service import HALL, NINE, POSTS, Client, EventMaker, an_event

from pipelines.rules.events import RuleEvent
from service.bootstrap import build_app
from service.settings import Settings
from service.store import Store, open_database


@pytest.fixture
def event() -> EventMaker:
    """Makes events: `event(3)` is the one three minutes after nine; keywords replace fields."""

    def make(number: int = 0, **changes: Any) -> RuleEvent:
        return an_event(number, NINE + timedelta(minutes=number), **changes)

    return make


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A PostgreSQL of the tests' own, started when the first test asks for it."""
    folder = binaries()
    if folder is None:
        message = "no PostgreSQL found (initdb, pg_ctl); on Debian or Ubuntu: apt install postgresql"
        if os.environ.get("CONDUCT_REQUIRE_POSTGRES") == "1":
            pytest.fail(message)
        pytest.skip(message)
    made = Cluster(folder)
    yield made
    made.remove()


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of its own, of each kind in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'store.sqlite3'}"
    cluster: Cluster = request.getfixturevalue("cluster")
    return cluster.empty_database()


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite store with all tables and no row, for copies: migrating takes longer than most tests."""
    path = tmp_path_factory.mktemp("migrated") / "store.sqlite3"
    open_database(f"sqlite:///{path}").dispose()
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path, migrated: Path) -> str:
    """A database of its own with all tables, of each kind in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{shutil.copy(migrated, tmp_path / 'store.sqlite3')}"
    cluster: Cluster = request.getfixturevalue("cluster")
    return cluster.migrated_database()


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    opened = Store(open_database(database_url))
    opened.set_site(HALL, POSTS)
    yield opened
    opened.close()


@pytest.fixture
def data_dir(tmp_path: Path, migrated: Path) -> Path:
    """A service's folder, in which the store has its tables already."""
    folder = tmp_path / "data"
    folder.mkdir()
    shutil.copy(migrated, folder / "conduct.sqlite3")
    return folder


@pytest.fixture(scope="session")
def routed(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    """An application that keeps its routes: FastAPI makes them when they are first asked for, and takes
    longer over it than over most answers."""
    app = build_app(Settings(data_dir=tmp_path_factory.mktemp("routed")))
    app.state.context.store.close()
    return app


@pytest.fixture
def client(data_dir: Path, routed: FastAPI) -> Iterator[Client]:
    """Of a service of its own; only the routes are those of other tests too."""
    routed.state = build_app(Settings(data_dir=data_dir)).state
    made = Client(routed)
    made.store.set_site(HALL, POSTS)
    yield made
    made.store.close()


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """An S3-compatible store of the tests' own, started when the first test asks for it."""
    made = S3Server(tmp_path_factory.mktemp("s3"))
    yield made
    made.kill()


@pytest.fixture
def s3(s3_server: S3Server) -> Iterator[S3Server]:
    """The same, running; a test that kills it need not start it again."""
    yield s3_server
    if not s3_server.alive:
        s3_server.start()


@pytest.fixture
def hall(store: Store, tmp_path: Path, s3: S3Server) -> Hall:
    """Evidence on its way into a bucket of its own."""
    (tmp_path / "clips").mkdir()
    return Hall(store, tmp_path, s3)
