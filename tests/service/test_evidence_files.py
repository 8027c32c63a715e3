"""Evidence files: hashed when they come, checked when asked, deleted when their term is over."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from samples_service import NINE, EventMaker, now

from pipelines.rules.events import RuleEvent
from service import cli
from service.delivery import Direct
from service.evidence.filing import check
from service.evidence.retention import Terms
from service.evidence.sweeper import DiskState, Sweeper
from service.store import EventFilter, Store, open_database
from service.store.holds import hold, release

DAY = timedelta(days=1)
TERMS = Terms(7 * DAY, 90 * DAY, 365 * DAY, floor=0)


def with_files(root: Path, event: RuleEvent) -> RuleEvent:
    """Write the three files of an event; gives the event that names them."""
    (root / "clips").mkdir(exist_ok=True)
    names = {
        kind: f"clips/{event.id}.{end}"
        for kind, end in (("clip", "mp4"), ("snapshot", "jpg"), ("timeline", "json"))
    }
    for kind, name in names.items():
        (root / name).write_bytes(f"{kind} of {event.id}".encode())
    return event.model_copy(update=names)


@pytest.fixture
def filed(store: Store, tmp_path: Path, event: EventMaker) -> RuleEvent:
    """An event in the store, with its files taken down."""
    given = with_files(tmp_path, event(1))
    Direct(store, tmp_path).event(given)
    return given


def bad(store: Store, root: Path) -> list[tuple[str, str]]:
    return [(one.file.kind, one.problem) for one in check(root, store.evidence.files())]


def test_files_that_are_what_they_were_are_good(store: Store, tmp_path: Path, filed: RuleEvent) -> None:
    assert [file.kind for file in store.evidence.files(filed.id)] == ["clip", "snapshot", "timeline"]
    assert bad(store, tmp_path) == []


@pytest.mark.parametrize(
    ("harm", "problem"),
    [
        pytest.param(lambda path: path.write_bytes(b"another"), "changed", id="replaced"),
        pytest.param(lambda path: path.write_bytes(path.read_bytes()[:-1]), "changed", id="cut short"),
        pytest.param(lambda path: path.write_bytes(path.read_bytes() + b"\0"), "changed", id="a byte more"),
        pytest.param(lambda path: path.unlink(), "missing", id="deleted"),
        pytest.param(lambda path: (path.unlink(), path.mkdir()), "unreadable", id="a folder instead"),
    ],
)
def test_a_file_that_is_not_what_it_was_is_found(
    store: Store, tmp_path: Path, filed: RuleEvent, harm: object, problem: str
) -> None:
    assert filed.clip is not None
    harm(tmp_path / filed.clip)  # type: ignore[operator]
    assert bad(store, tmp_path) == [("clip", problem)]


def test_a_clip_that_was_cut_anew_is_taken_down_anew(store: Store, tmp_path: Path, filed: RuleEvent) -> None:
    assert filed.clip is not None
    (tmp_path / filed.clip).write_bytes(b"cut anew")
    Direct(store, tmp_path).event(filed)
    assert bad(store, tmp_path) == []


def test_an_event_that_names_a_file_that_is_not_there_is_kept_without_it(
    store: Store, tmp_path: Path, event: EventMaker
) -> None:
    given = with_files(tmp_path, event(1))
    (tmp_path / f"clips/{given.id}.mp4").unlink()
    Direct(store, tmp_path).event(given)
    found = store.event(given.id).event
    assert (found.clip, found.timeline) == (None, given.timeline)


def sweeper(store: Store, root: Path, at: datetime, *, free: int = 0, floor: int = 0) -> Sweeper:
    terms = Terms(TERMS.rejected, TERMS.unreviewed, TERMS.confirmed, floor)
    return Sweeper(store, root, terms, now=lambda: at, free=lambda _: free)


def test_when_its_term_is_over_the_files_go_and_the_event_stays_and_says_so(
    store: Store, tmp_path: Path, filed: RuleEvent
) -> None:
    (tmp_path / "clips" / f"{filed.id}.h264.mp4").write_bytes(b"what the browser was given")
    (tmp_path / "clips" / "holiday.mp4").write_bytes(b"somebody's")
    store.give_verdict(filed.id, "rejected", "allowed", "", at=now())
    sweeper(store, tmp_path, datetime.now(UTC) + 6 * DAY).sweep()
    assert store.event(filed.id).event == filed
    sweeper(store, tmp_path, datetime.now(UTC) + 8 * DAY).sweep()
    found = store.event(filed.id)
    assert found.event == filed.model_copy(
        update={"clip": None, "snapshot": None, "timeline": None, "clip_missing": "expired"}
    )
    assert found.verdict is not None
    assert [path.name for path in (tmp_path / "clips").iterdir()] == ["holiday.mp4"]
    assert store.evidence.files() == store.evidence.kept() == []


def test_held_evidence_stays_until_it_is_let_go(store: Store, tmp_path: Path, filed: RuleEvent) -> None:
    late = sweeper(store, tmp_path, datetime.now(UTC) + 999 * DAY)
    with store.transactions.write() as session:
        hold(store.transactions, session, filed.id, "a test", None)
    late.sweep()
    assert store.event(filed.id).event.clip == filed.clip
    with store.transactions.write() as session:
        release(session, filed.id, "a test")
    late.sweep()
    assert store.event(filed.id).event.clip is None


def test_on_a_full_disk_rejected_evidence_makes_room_loudly(
    store: Store, tmp_path: Path, event: EventMaker, filed: RuleEvent, caplog: pytest.LogCaptureFixture
) -> None:
    other = with_files(tmp_path, event(2))
    Direct(store, tmp_path).event(other)
    store.give_verdict(filed.id, "rejected", "allowed", "", at=now())
    tight = sweeper(store, tmp_path, datetime.now(UTC), free=100, floor=110)
    tight.sweep()
    assert store.event(filed.id).event.clip_missing == "made_room"
    assert store.event(other.id).event == other
    assert "evidence of 1 events goes before its term" in caplog.text
    full = sweeper(store, tmp_path, datetime.now(UTC), free=100, floor=1000)
    full.sweep()
    assert full.disk == DiskState(100, 1000, 900)
    assert "nothing more may be deleted" in caplog.text
    assert store.event(other.id).event == other  # it is new: it stays


def test_evidence_of_an_older_release_is_filed_and_its_term_begins(
    store: Store, tmp_path: Path, event: EventMaker
) -> None:
    given = with_files(tmp_path, event(1))  # its event time is years ago
    store.upsert_event(given)
    sweeper(store, tmp_path, NINE + 2000 * DAY).sweep()
    assert store.event(given.id).event == given
    assert len(store.evidence.files(given.id)) == 3


def test_a_replay_gives_an_event_whose_clip_is_gone_its_clip_again(
    store: Store, tmp_path: Path, filed: RuleEvent
) -> None:
    sweeper(store, tmp_path, datetime.now(UTC) + 999 * DAY).sweep()
    Direct(store, tmp_path).event(with_files(tmp_path, filed))
    assert store.event(filed.id).event == filed
    assert bad(store, tmp_path) == []
    assert [one.event.id for one in store.events(EventFilter()).events] == [filed.id]


def test_verify_is_a_command(
    tmp_path: Path, event: EventMaker, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    store = Store(open_database(f"sqlite:///{tmp_path / 'conduct.sqlite3'}"))
    given = with_files(tmp_path, event(1))
    Direct(store, tmp_path).event(given)
    store.close()
    monkeypatch.setenv("CONDUCT_DATA_DIR", str(tmp_path))
    monkeypatch.setattr("sys.argv", ["conduct", "evidence", "verify"])
    with pytest.raises(SystemExit) as good:
        cli.main()
    assert not good.value.code
    assert "3 of 3 files" in capsys.readouterr().out
    (tmp_path / f"clips/{given.id}.jpg").write_bytes(b"retouched")
    with pytest.raises(SystemExit) as caught:
        cli.main()
    assert caught.value.code == 1
    out = capsys.readouterr().out
    assert f"changed: clips/{given.id}.jpg (event {given.id})" in out
    assert "2 of 3 files" in out
