"""Looks are kept for their days, and their size is told."""

import os
from datetime import UTC, datetime, timedelta

from samples_service import Client


def test_a_sweep_deletes_old_looks_and_only_them(client: Client) -> None:
    days = client.data_dir / "looks"
    kept = {age: days / f"2026-01-{20 - age:02}" / "east.w01.looks" for age in (1, 7, 9)}
    for age, path in kept.items():
        path.parent.mkdir(parents=True)
        path.write_bytes(bytes(100))
        at = (datetime.now(UTC) - timedelta(days=age)).timestamp()
        os.utime(path, (at, at))
    (days / "notes.txt").write_text("mine", encoding="utf-8")
    assert "conduct_looks_bytes 300.0" in client.ask("GET", "/metrics").text

    client.app.state.context.sweeper.sweep()

    assert {age for age, path in kept.items() if path.exists()} == {1, 7}
    assert not kept[9].parent.exists()
    assert (days / "notes.txt").exists()
    assert "conduct_looks_bytes 200.0" in client.ask("GET", "/metrics").text
