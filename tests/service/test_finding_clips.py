"""Clips cut for findings by hand: by whom, from what, how they are kept, and what is said instead."""

from __future__ import annotations

import errno
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import pytest
from samples_bucket import Hall as BucketHall
from samples_service import HALL, NINE, POSTS, Client, Person, act, add_account, logged_in, with_token

from pipelines.evidence.cutting import Recorders, Wanted
from pipelines.evidence.recorder import Recording
from pipelines.texts import LANGUAGES, catalogue
from service.bootstrap import build_app
from service.evidence.cutter import Cutter
from service.evidence.fetch import Fetcher
from service.evidence.filing import check, hashed
from service.evidence.media import Evidence
from service.evidence.retention import Terms
from service.evidence.sweeper import Sweeper
from service.review.findings import NoCut
from service.settings import Settings
from service.store import open_database
from service.store.database import downgrade
from tests.conftest import packet_bytes
from tests.pipelines.evidence.samples_cutting import held_s, recorded
from tests.pipelines.streams.samples_rtsp import LiveRun, RtspServer, hall_clip, need_server
from tests.pipelines.streams.samples_rtsp import hall as live_site

LONG = 8.0
DAY = timedelta(days=1)
ENTRY = {"clause": "B12", "post": "w01", "at": "2026-01-05T09:30", "note": "未一次性告知"}


class Desk:
    """A hall with a reviewer; its camera `east` is recorded live once `fill` was called."""

    def __init__(self, client: Client, recorders: Recorders) -> None:
        self.client, self.store, self.recorders = client, client.store, recorders
        self.clips = client.data_dir / "clips"
        self.li_na = self.person("li.na", "reviewer")

    def person(self, name: str, role: Any, posts: tuple[str, ...] | None = None) -> Person:
        return logged_in(self.client, add_account(self.store, name, role, posts))

    def record(self, who: Client | None = None, **cut: Any) -> dict[str, Any]:
        answer = (who or self.li_na).post("/api/findings", json={**ENTRY, "cut": cut})
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    def actions(self) -> list[str]:
        return [one.action for one in self.store.audit.oldest() if one.action.startswith("finding")]

    def sweep(self, at: datetime) -> None:
        terms = Terms(7 * DAY, 90 * DAY, 365 * DAY, floor=0)
        Sweeper(self.store, self.client.data_dir, terms, now=lambda: at).sweep()


@pytest.fixture
def desk(tmp_path: Path, database_url: str) -> Iterator[Desk]:
    recorders = Recorders()
    app = build_app(
        Settings(data_dir=tmp_path / "data", database_url=database_url, login="required"), recorders=recorders
    )
    client = Client(app)
    client.store.set_site(HALL, POSTS)
    yield Desk(client, recorders)
    app.state.context.cutter.close()
    client.store.close()


@pytest.fixture
def live(desk: Desk, tmp_path: Path) -> Iterator[Recording]:
    """`east` holds the last eight seconds."""
    with recorded(tmp_path / "east.mp4", time.time() - LONG, LONG) as recording:
        desk.recorders.record("east", recording)
        yield recording


@pytest.mark.usefixtures("live")
def test_a_clip_is_cut_hashed_filed_and_played(desk: Desk, tmp_path: Path) -> None:
    made = desk.record(seconds=3)
    cut = made["cut"]
    assert (cut["state"], cut["missing"], cut["camera"]) == ("there", None, "east")
    start, end = datetime.fromisoformat(cut["start"]), datetime.fromisoformat(cut["end"])
    assert 2.8 <= (end - start).total_seconds() <= 4.0
    assert abs(datetime.now(UTC) - end) < timedelta(seconds=8)
    path = desk.clips / f"{cut['id']}.mp4"
    sent, whole = packet_bytes(path), packet_bytes(tmp_path / "east.mp4")
    assert sent == whole[whole.index(sent[0]) :]
    (file,) = desk.store.evidence.files(cut["id"])
    assert (file.path, file.sha256, file.size) == (f"clips/{cut['id']}.mp4", *hashed(path))
    assert list(check(desk.client.data_dir, desk.store.evidence.files())) == []
    address = f"/api/findings/{made['id']}/clip"
    assert desk.li_na.get(address).content == path.read_bytes()
    part = desk.li_na.get(address, headers={"Range": "bytes=4-9"})
    assert (part.status_code, part.content) == (206, path.read_bytes()[4:10])
    assert desk.actions() == ["finding.recorded", "finding.clip_cut", "finding_clip.viewed"]
    (told,) = desk.store.audit.newest(limit=1, action="finding.clip_cut")
    assert (told.who, told.object, told.detail["sha256"]) == ("li.na", str(made["id"]), file.sha256)


@pytest.mark.usefixtures("live")
def test_a_time_within_what_is_held_is_cut_from_there(desk: Desk) -> None:
    (held,) = desk.li_na.get("/api/recordings").json()["recordings"]
    assert (held["camera"], held["posts"], held["state"]) == ("east", ["w01", "w02"], "recording")
    begin = datetime.fromisoformat(held["start"]) + timedelta(seconds=2.5)
    cut = desk.record(seconds=2, start=begin.isoformat(), camera="east")["cut"]
    start, end = datetime.fromisoformat(cut["start"]), datetime.fromisoformat(cut["end"])
    assert begin - timedelta(seconds=1) <= start <= begin
    assert end >= begin + timedelta(seconds=1.9)


@pytest.mark.usefixtures("live")
@pytest.mark.parametrize(
    ("silent_s", "cut", "why"),
    [
        pytest.param(0, {"start": "2026-01-05T09:30:00"}, "not_held", id="a time long gone"),
        pytest.param(0, {"start": "2199-01-05T09:30:00"}, "not_held", id="a time to come"),
        pytest.param(60, {}, "away", id="the camera is away"),
    ],
)
def test_a_finding_without_its_clip_is_recorded_and_says_why(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, silent_s: float, cut: dict[str, Any], why: str
) -> None:
    monkeypatch.setattr(desk.client.app.state.context.cutter, "_now", lambda: _in(silent_s))
    made = desk.record(**cut)
    assert (made["note"], made["cut"]["state"], made["cut"]["missing"]) == (ENTRY["note"], "missing", why)
    assert desk.li_na.get("/api/findings").json()["findings"] == [made]
    assert desk.li_na.get(f"/api/findings/{made['id']}/clip").status_code == 409
    assert desk.actions() == ["finding.recorded", "finding.clip_missed"]
    assert not desk.clips.exists() or list(desk.clips.iterdir()) == []
    assert desk.store.evidence.files() == []


def _in(seconds: float) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)


def test_without_a_live_run_the_finding_says_so(desk: Desk) -> None:
    assert desk.record()["cut"]["missing"] == "not_live"
    (held,) = desk.li_na.get("/api/recordings").json()["recordings"]
    assert (held["state"], held["start"], held["end"]) == ("not_live", None, None)


@pytest.mark.usefixtures("live")
@pytest.mark.parametrize(("number", "why"), [(errno.ENOSPC, "disk_full"), (errno.EIO, "not_writable")])
def test_on_a_full_or_broken_disk_the_finding_stays(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, number: int, why: str
) -> None:
    def full(*_: object) -> None:
        raise OSError(number, "no")

    monkeypatch.setattr("pipelines.evidence.recorder.put_in_place", full)
    assert desk.record()["cut"]["missing"] == why
    assert list(desk.clips.iterdir()) == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_reason_has_words(lang: str) -> None:
    reasons = {reason for kind in get_args(NoCut) for reason in get_args(kind) or (kind,)}
    assert {"not_live", "away", "not_held", "disk_full", "interrupted", "expired"} <= reasons
    for reason in reasons:
        assert catalogue(lang)[f"findings.cut.missing.{reason}"]


@pytest.mark.usefixtures("live")
def test_only_who_may_record_and_look_on_cuts(desk: Desk) -> None:
    boss = add_account(desk.store, "boss", "admin")
    token = with_token(desk.client, boss, "review", "read")
    body = {**ENTRY, "cut": {}}
    assert token.post("/api/findings", json=ENTRY).status_code == 201
    assert token.post("/api/findings", json=body).status_code == 403
    assert token.get("/api/recordings").status_code == 403
    for name, role, posts in (("zhao", "viewer", None), ("wang", "supervisor", ("w01",))):
        person = desk.person(name, role, posts)
        assert person.post("/api/findings", json=body).status_code == 403
        assert person.get("/api/recordings").status_code == 403
    own = desk.person("sun", "reviewer", ("w02",))
    assert own.post("/api/findings", json=body).status_code == 422
    assert len(desk.li_na.get("/api/findings").json()["findings"]) == 1


@pytest.mark.usefixtures("live")
def test_a_camera_that_sees_no_post_of_ones_own_does_not_exist(desk: Desk) -> None:
    foreign = [POSTS[0], POSTS[1].model_copy(update={"camera": "west"})]
    desk.store.set_site(HALL, foreign)
    desk.recorders.record("west", None)
    own = desk.person("sun", "reviewer", ("w01",))
    assert [one["camera"] for one in own.get("/api/recordings").json()["recordings"]] == ["east"]
    for camera in ("west", "none"):
        answer = own.post("/api/findings", json={**ENTRY, "cut": {"camera": camera}})
        assert (answer.status_code, answer.json()["field"]) == (422, "cut")
    assert own.get("/api/findings").json()["findings"] == []
    made = desk.record()
    other = desk.person("qian", "reviewer", ("w02",))
    assert other.get(f"/api/findings/{made['id']}/clip").status_code == 404
    both = desk.li_na.post("/api/findings", json={**ENTRY, "post": "w02", "cut": {"camera": "east"}}).json()
    assert both["cut"]["state"] == "there"
    assert other.get(f"/api/findings/{both['id']}").json()["cut"] is None
    assert other.get(f"/api/findings/{both['id']}/clip").status_code == 409
    assert "east" not in other.get("/api/findings").text


@pytest.mark.usefixtures("live")
@pytest.mark.parametrize(
    "cut", [{"seconds": 0}, {"seconds": 301}, {"seconds": "3"}, {"start": "soon"}, {"path": "/etc/passwd"}]
)
def test_a_wish_that_makes_no_sense_is_refused_before_anything_is_recorded(
    desk: Desk, cut: dict[str, Any]
) -> None:
    assert desk.li_na.post("/api/findings", json={**ENTRY, "cut": cut}).status_code == 422
    assert desk.li_na.get("/api/findings").json()["findings"] == []


@pytest.mark.usefixtures("live")
def test_a_clip_is_kept_as_that_of_a_confirmed_event_and_less_once_withdrawn(desk: Desk) -> None:
    made, other = desk.record(), desk.record()
    assert desk.li_na.post(f"/api/findings/{other['id']}/withdraw", json={"why": "记错"}).status_code == 200
    paths = [desk.clips / f"{one['cut']['id']}.mp4" for one in (made, other)]
    now = datetime.now(UTC)
    for days, there in ((6, [True, True]), (8, [True, False]), (364, [True, False]), (366, [False, False])):
        desk.sweep(now + days * DAY)
        assert [path.exists() for path in paths] == there, days
    after = desk.li_na.get(f"/api/findings/{made['id']}").json()
    assert (after["cut"]["state"], after["cut"]["missing"]) == ("missing", "expired")
    assert desk.li_na.get(f"/api/findings/{made['id']}/clip").status_code == 409


@pytest.mark.usefixtures("live")
def test_a_clip_that_a_killed_process_left_is_told_and_removed(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    cutter = desk.client.app.state.context.cutter
    monkeypatch.setattr(cutter, "cut", lambda *_: None)  # as if killed right then
    made = desk.record()
    assert made["cut"]["state"] == "cutting"
    desk.clips.mkdir(exist_ok=True)
    left = desk.clips / f"{made['cut']['id']}.mp4.partial"
    left.write_bytes(b"half")
    cutter.sweep(_in(60))
    assert left.exists(), "it may still be at it"
    cutter.sweep(_in(600))
    assert not left.exists()
    assert desk.li_na.get(f"/api/findings/{made['id']}").json()["cut"]["missing"] == "interrupted"


@pytest.mark.usefixtures("live")
def test_an_earlier_release_knows_the_finding_without_its_clip(desk: Desk, database_url: str) -> None:
    made = desk.record()
    desk.store.close()
    engine = open_database(database_url)
    downgrade(engine, "0011")
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT note FROM findings").scalars().all() == [made["note"]]
        assert connection.exec_driver_sql("SELECT count(*) FROM evidence_files").scalar() == 0
    engine.dispose()


def test_a_clip_goes_into_the_bucket_and_comes_back_to_be_played(hall: BucketHall, tmp_path: Path) -> None:
    did, clip = act(NINE, "finding.recorded"), "c" * 16
    fields: dict[str, Any] = {"clause": "B12", "post": "w01", "moment": NINE, "note": "x", "event": None}
    hall.store.findings.add(**fields, keep=DAY, at=NINE, act=did, clip=clip, camera="east")
    with recorded(tmp_path / "east.mp4", time.time() - LONG, LONG) as recording:
        recorders = Recorders()
        recorders.record("east", recording)
        cutter = Cutter(hall.store, recorders, hall.root, lambda: datetime.now(UTC))
        cutter.cut(clip, "east", Wanted(3), did)
        cutter.close()
    path = hall.root / f"clips/{clip}.mp4"
    content = path.read_bytes()
    hall.mover(keep_s=0).work()
    assert (hall.there(), path.exists(), hall.bad()) == ([path.name], False, [])
    evidence = Evidence(hall.root, Fetcher(hall.store, hall.bucket, hall.root))
    assert evidence.locate(clip, f"clips/{clip}.mp4").read_bytes() == content
    hall.store.evidence.gone([clip], "expired", at=NINE)
    path.unlink()
    hall.mover(keep_s=0).work()
    assert hall.there() == []


@pytest.mark.slow  # a clip is played at its own speed
def test_a_finding_takes_a_clip_from_a_live_camera(desk: Desk, tmp_path: Path) -> None:
    need_server()
    server = RtspServer(hall_clip(tmp_path / "h264.mp4", ((30.0, True),)))
    posts = [post.model_copy(update={"camera": "cam0"}) for post in POSTS]
    desk.store.set_site(HALL, posts)
    run = LiveRun(live_site(server.url()), desk.client.data_dir, recorders=desk.recorders)
    try:
        run.until(lambda _: held_s(desk.recorders, "cam0") > 3)
        made = desk.record(seconds=2)
        assert (made["cut"]["state"], made["cut"]["camera"]) == ("there", "cam0")
        end = datetime.fromisoformat(made["cut"]["end"])
        assert abs(datetime.now(UTC) - end) < timedelta(seconds=4)
        assert desk.li_na.get(f"/api/findings/{made['id']}/clip").status_code == 200
    finally:
        run.end()
        server.kill()
