"""Ten reviewers at once over one PostgreSQL: each has a connection, and none is opened anew each time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from samples_postgres import Cluster
from sqlalchemy import event as happenings
from sqlalchemy import text

from service.store import Store, open_database

TEN = 10


def test_ten_at_once_keep_their_connections(cluster: Cluster) -> None:
    engine = open_database(cluster.empty_database())
    store, opened = Store(engine), []
    happenings.listen(engine, "connect", lambda *_: opened.append(1))
    together = Barrier(TEN, timeout=60)

    def ask(_number: int) -> int:
        with store.transactions.read() as session:
            found = int(session.execute(text("SELECT 1")).scalar_one())
            together.wait()  # all ten hold one now
            return found

    def all_ask() -> list[int]:
        with ThreadPoolExecutor(TEN) as pool:
            return list(pool.map(ask, range(TEN)))

    assert all_ask() == [1] * TEN
    before = len(opened)
    for _ in range(5):
        assert all_ask() == [1] * TEN
    assert len(opened) == before
    store.close()


@pytest.mark.parametrize("clients", [TEN, 25])
def test_more_than_there_are_connections_wait_and_are_answered(cluster: Cluster, clients: int) -> None:
    store = Store(open_database(cluster.empty_database()))
    with ThreadPoolExecutor(clients) as pool:
        answers = [pool.submit(store.posts) for _ in range(clients * 20)]
        assert [answer.result() for answer in answers] == [[]] * (clients * 20)
    store.close()
