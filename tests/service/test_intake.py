"""The sink: what the engine delivers reaches the store, looks not more often than they must."""

from datetime import timedelta
from typing import Any

import pytest
from samples_service import NINE, EventMaker

from pipelines.rules.events import HealthEntry
from pipelines.sinks import Sink
from service.intake import FLUSH_INTERVAL_S, RunStoppedError, StoreSink
from service.progress import RunProgress
from service.store import EventFilter, Store


class HandClock:
    """A monotonic clock that moves when the test says so; seconds."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def sink(store: Store, clock: HandClock) -> StoreSink:
    return StoreSink(store, clock=clock)


def look(seconds: float, post: str = "w01", presence: bool | None = True) -> dict[str, Any]:
    """A line of observations.jsonl so many seconds after nine."""
    return {
        "t": (NINE + timedelta(seconds=seconds)).isoformat(timespec="milliseconds"),
        "camera": "east",
        "post": post,
        "presence": presence,
        "cues": {"phone": None},
        "beliefs": {"phone": 0.25},
        "boxes": [],
    }


def test_it_is_a_sink_of_the_pipelines(sink: StoreSink) -> None:
    as_the_engine_sees_it: Sink = sink
    assert as_the_engine_sees_it is sink


def test_events_and_health_are_stored_at_once(store: Store, sink: StoreSink, event: EventMaker) -> None:
    sink.event(event(state="open", end=None))
    sink.event(event(clip="clips/0.mp4"))
    entry = HealthEntry(camera="east", state="gap", start=NINE, end=None, detail="no packet for 5 s")
    sink.health(entry)
    assert [judged.event for judged in store.events(EventFilter()).events] == [event(clip="clips/0.mp4")]
    assert store.health() == [entry]


def test_the_newest_look_of_each_post_is_written_when_its_time_has_come(
    store: Store, sink: StoreSink, clock: HandClock
) -> None:
    sink.observation(look(1))
    sink.observation(look(2))
    sink.observation(look(1, post="w02", presence=None))
    assert store.last_looks() == []
    clock.now += FLUSH_INTERVAL_S
    sink.observation(look(3, presence=False))
    found = {one.post: (one.t - NINE, one.presence) for one in store.last_looks()}
    assert found == {"w01": (timedelta(seconds=3), False), "w02": (timedelta(seconds=1), None)}


def test_an_event_brings_the_looks_before_it_along(store: Store, sink: StoreSink, event: EventMaker) -> None:
    sink.observation(look(1))
    sink.event(event())
    assert [one.post for one in store.last_looks()] == ["w01"]


def test_a_late_look_does_not_replace_a_newer_one(store: Store, sink: StoreSink) -> None:
    sink.observation(look(5))
    sink.observation(look(2))
    sink.flush()
    assert [one.t - NINE for one in store.last_looks()] == [timedelta(seconds=5)]


def test_a_look_at_a_post_no_site_named_is_kept(store: Store, sink: StoreSink) -> None:
    sink.observation(look(1, post="w09"))
    sink.flush()
    assert [(post.id, post.camera) for post in store.posts() if not post.active] == [("w09", "east")]


def test_progress_is_for_all_to_read(store: Store) -> None:
    progress = RunProgress()
    StoreSink(store, progress).progress(3.0, 12.0)
    assert (progress.now().seconds_done, progress.now().seconds_total) == (3.0, 12.0)


def test_after_a_stop_a_run_is_unwound_at_its_next_look(
    store: Store, sink: StoreSink, event: EventMaker
) -> None:
    sink.stop()
    with pytest.raises(RunStoppedError):
        sink.observation(look(1))
    with pytest.raises(RunStoppedError):
        sink.progress(1.0, None)
    # What it still has to say while it unwinds is not lost.
    sink.event(event())
    assert store.counts() == {"none": 1}


def test_a_run_that_watches_for_the_stop_is_asked_and_not_interrupted(
    store: Store, sink: StoreSink, event: EventMaker
) -> None:
    stopped = sink.watch_stop()
    assert not stopped()
    sink.stop()
    assert stopped()
    sink.observation(look(1))
    sink.progress(1.0, None)
    sink.event(event())
    assert [one.post for one in store.last_looks()] == ["w01"]
