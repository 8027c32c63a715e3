"""Known clips among a reviewer's questions: over the API, by people with accounts."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from samples_service import HALL, NINE, POSTS, Client, EventMaker, add_account, logged_in, make_clip
from sqlalchemy import update

from pipelines.rules.events import event_id
from service.bootstrap import build_app
from service.evidence.planter import UNFINISHED
from service.review.planting import Planting
from service.review.sampling import NOTHING
from service.review.standing import Reader
from service.settings import Settings
from service.store.plant_tables import PlantRow
from service.store.plants import Plant

ROLES = {
    "na": "reviewer",
    "wei": "reviewer",
    "judge": "adjudicator",
    "boss": "admin",
    "chief": "supervisor",
    "eye": "viewer",
}
KNOWN = f"{0:016x}"
KINDS = {"clip": "mp4", "snapshot": "jpg", "timeline": "json"}


class Desk:
    """A hall with one known clip, which is shown after every answer."""

    def __init__(self, client: Client, event: EventMaker) -> None:
        self.client, self.store, self.event = client, client.store, event
        self.store.set_site(HALL, POSTS)
        self.store.answers.sampling = NOTHING
        self.people = {
            name: logged_in(
                client, add_account(self.store, name, role, ("w01",) if name == "chief" else None)
            )  # type: ignore[arg-type]
            for name, role in ROLES.items()
        }
        self.add(0)
        assert self.says("judge", KNOWN, "rejected") == 201
        assert self.knows("judge", KNOWN) == 200
        client.app.state.context.planter.planting = Planting(1.0, b"key")

    def add(self, number: int, **changes: Any) -> str:
        """An event with its evidence."""
        made = self.event(number, **changes)
        clips = self.client.data_dir / "clips"
        make_clip(clips / f"{made.id}.mp4", frames=3)
        (clips / f"{made.id}.jpg").write_bytes(b"picture")
        told = {"event": made.id, "clip": f"clips/{made.id}.mp4", "t0": made.start.isoformat(), "looks": []}
        (clips / f"{made.id}.json").write_text(json.dumps(told))
        names = {kind: f"clips/{made.id}.{end}" for kind, end in KINDS.items()}
        self.store.upsert_event(made.model_copy(update=names))
        return made.id

    def ask(self, name: str, method: str, path: str, **options: Any) -> int:
        return self.people[name].ask(method, path, **options).status_code

    def knows(self, name: str, event: str, *, known: bool = True) -> int:
        return self.ask(name, "PUT", f"/api/events/{event}/known", json={"known": known})

    def says(self, name: str, event: str, verdict: str, **more: Any) -> int:
        body = {"verdict": verdict, **more}
        return self.people[name].post(f"/api/events/{event}/verdict", json=body).status_code

    def listed(self, name: str, query: str = "order=queue") -> list[dict[str, Any]]:
        events: list[dict[str, Any]] = self.people[name].get(f"/api/events?{query}").json()["events"]
        return events

    def report(self) -> dict[str, Any]:
        found: dict[str, Any] = self.people["boss"].get("/api/report?range=today").json()
        return {key: value for key, value in found.items() if key != "made_at"}

    def planted(self, name: str = "na", number: int = 1) -> dict[str, Any]:
        """What they are shown after they have answered an event of that number."""
        before = {one["id"] for one in self.listed(name)}
        real = self.add(number)
        assert self.says(name, real, "confirmed") == 201
        (found,) = [one for one in self.listed(name) if one["id"] not in before | {real}]
        return found


@pytest.fixture
def desk(client: Client, event: EventMaker) -> Desk:
    return Desk(client, event)


def test_it_looks_like_any_question_to_the_reviewer_and_is_nothing_to_anybody_else(desk: Desk) -> None:
    shown = desk.planted()
    real = next(one for one in desk.listed("wei") if one["id"] == f"{1:016x}")
    assert shown.keys() == real.keys()
    assert shown["id"] == event_id("w01", "phone_use", datetime.fromisoformat(shown["start"])) != KNOWN
    age = datetime.now(UTC) - datetime.fromisoformat(shown["end"])
    assert timedelta(seconds=20) < age < timedelta(minutes=5)
    assert (shown["verdict"], shown["stage"], shown["claim"]) == (None, "question", None)
    na = desk.people["na"]
    assert na.get(f"/api/events/{shown['id']}").json() == shown
    assert na.get(f"/api/events/{shown['id']}/verdicts").json() == {"verdicts": []}
    for path in ("", "/clip", "/verdicts"):
        for name in desk.people:
            status = desk.ask(name, "GET", f"/api/events/{shown['id']}{path}")
            assert (status == 200) is (name == "na"), name
    assert desk.says("wei", shown["id"], "confirmed") == 404
    assert [one["id"] for one in desk.listed("boss")] == [f"{1:016x}", KNOWN]


def test_its_evidence_is_served_and_dated_like_that_of_any_event(desk: Desk) -> None:
    shown, na = desk.planted(), desk.people["na"]
    began = datetime.fromisoformat(shown["start"])
    timeline = na.get(f"/api/events/{shown['id']}/timeline").json()
    assert (timeline["event"], timeline["clip"]) == (shown["id"], shown["clip"])
    assert datetime.fromisoformat(timeline["t0"]) == began
    for kind in KINDS:
        one = na.get(f"/api/events/{shown['id']}/{kind}")
        other = desk.people["boss"].get(f"/api/events/{KNOWN}/{kind}")
        assert one.status_code == 200
        assert one.headers.keys() == other.headers.keys()
        assert KNOWN not in one.text if kind == "timeline" else one.content == other.content
    viewed = [e for e in desk.store.audit.newest(limit=9, action="clip.viewed") if e.object == shown["id"]]
    assert [e.detail for e in viewed] == [{"known_clip": KNOWN}]


@pytest.mark.parametrize(("answer", "right"), [("rejected", 1), ("confirmed", 0), ("unclear", 0)])
def test_an_answer_is_scored_and_counts_for_nothing_else(desk: Desk, answer: str, right: int) -> None:
    shown = desk.planted()
    health = desk.people["boss"].get("/api/health").json()["queue"]
    report = desk.report()
    assert desk.says("na", shown["id"], answer, claimed=True) == 201
    assert desk.people["boss"].get("/api/health").json()["queue"] == health
    assert desk.report() == report
    assert [one.verdict for one in desk.store.verdicts(KNOWN)] == ["rejected"]
    assert desk.store.answers.pairs() == {}
    (found,) = desk.people["boss"].get("/api/attention").json()["reviewers"]
    assert (found["reviewer"], found["shown"], found["right"]) == ("na", 1, right)
    (known,) = desk.people["judge"].get("/api/known-clips").json()["clips"]
    assert (known["event"], known["answer"], known["shown"], known["right"]) == (KNOWN, "rejected", 1, right)
    assert known["usable"] is True
    assert desk.store.audit.first_fault() is None


def test_answering_taking_back_and_claiming_go_as_with_any_event(desk: Desk) -> None:
    """The same steps on a real question and on a known clip give the same answers, word for word."""
    shown = desk.planted()
    real = desk.add(2, start=datetime.fromisoformat(shown["start"]) - timedelta(seconds=200))
    desk.client.app.state.context.planter.planting = Planting()
    na = desk.people["na"]

    def steps(id_: str) -> list[Any]:
        path = f"/api/events/{id_}"
        told = [
            na.post(f"{path}/claim", json={}),
            na.get(path),
            na.post(f"{path}/verdict", json={"verdict": "confirmed", "reason": "allowed"}),
            na.post(f"{path}/verdict", json={"verdict": "confirmed", "note": "so", "claimed": True}),
            na.post(f"{path}/verdict", json={"verdict": "confirmed", "note": "so", "claimed": True}),
            na.post(f"{path}/verdict", json={"verdict": "rejected", "claimed": True}),
            na.post(f"{path}/claim", json={}),
            na.get(path),
            na.ask("DELETE", f"{path}/verdict"),
            na.ask("DELETE", f"{path}/verdict"),
            na.get(path),
            na.post(f"{path}/claim", json={"take_over": True}),
            na.ask("DELETE", f"{path}/claim"),
            na.post(f"{path}/verdict", json={"verdict": "unclear"}),
            na.post(f"{path}/verdict", json={"verdict": "rejected", "reason": "allowed"}),
            na.get(f"{path}/verdicts"),
            na.get(path),
        ]
        return [(answer.status_code, without_times(answer.json())) for answer in told]

    def without_times(told: Any) -> Any:
        if isinstance(told, dict):
            own = ("id", "at", "start", "end", "taken_at", "until", "clip", "snapshot", "timeline")
            return {key: without_times(value) for key, value in told.items() if key not in own}
        return [without_times(one) for one in told] if isinstance(told, list) else told

    assert steps(real) == steps(shown["id"])


def test_it_comes_in_its_place_in_the_queue_and_in_every_filter(desk: Desk) -> None:
    shown = desk.planted()
    start = datetime.fromisoformat(shown["start"])
    early = desk.add(2, start=start - timedelta(hours=1), end=start - timedelta(minutes=59))
    late = desk.add(3, start=start + timedelta(minutes=9), end=start + timedelta(minutes=10))
    urgent = desk.add(4, rule="smoking", start=start, end=start + timedelta(seconds=9), post="w02")
    desk.client.app.state.context.planter.planting = Planting()
    order = [urgent, early, shown["id"], late]
    assert [one["id"] for one in desk.listed("na", "order=queue&verdict=none")] == order
    paged, cursor = [], ""
    for _ in range(3):
        page = desk.people["na"].get(f"/api/events?order=queue&limit=2{cursor}").json()
        paged += [one["id"] for one in page["events"]]
        cursor = f"&cursor={page['next_cursor']}"
    assert page["next_cursor"] is None
    assert paged == [*order, f"{1:016x}"]
    newest = [one["id"] for one in desk.listed("na", "order=newest&limit=3")]
    assert set(newest) == {late, shown["id"], urgent}
    waiting = desk.people["na"].get("/api/health").json()["queue"]
    assert (waiting["waiting"], waiting["none"]) == (4, 4)

    def given(**wanted: Any) -> str | None:
        event = desk.people["na"].post("/api/queue/next", json=wanted).json()["event"]
        return event and event["id"]

    assert given() == urgent
    assert given(after=early) == shown["id"]
    assert given(after=shown["id"]) == late
    assert given(skip=[urgent, early], ahead=True) == shown["id"]
    assert given(skip=[urgent, early, shown["id"]]) == late
    assert given(post="w02", after=late) == urgent
    assert desk.says("na", shown["id"], "rejected") == 201
    for query, there in {
        "verdict=rejected": True,
        "verdict=none": False,
        "by=na": True,
        "by=wei": False,
        "state=open": False,
        "state=closed&post=w01&rule=phone_use": True,
        "post=w02": False,
        "rule=smoking": False,
        "disputed=true": False,
    }.items():
        for way in ("queue", "newest"):
            ids = [one["id"] for one in desk.listed("na", f"{query}&order={way}")]
            assert (shown["id"] in ids) is there, query


def test_several_answered_at_once_may_hold_one(desk: Desk) -> None:
    shown = desk.planted()
    real = desk.add(2)
    body = {"events": [shown["id"], real, KNOWN], "verdict": "rejected"}
    told = desk.people["na"].post("/api/verdicts", json=body).json()
    assert [one["outcome"] for one in told["results"]] == ["recorded", "recorded", "unknown"]
    assert [one.verdict for one in desk.store.verdicts(KNOWN)] == ["rejected"]


@pytest.mark.parametrize(
    ("name", "why"),
    [
        pytest.param("boss", "chooses known clips", id="an admin"),
        pytest.param("judge", "chooses known clips", id="an adjudicator"),
    ],
)
def test_none_is_shown_to_who_chooses_them(desk: Desk, name: str, why: str) -> None:
    assert desk.says(name, desk.add(1), "confirmed") == 201
    assert len(desk.listed(name)) == 2, why


def test_each_is_shown_to_a_reviewer_once_and_never_to_who_has_judged_it(desk: Desk) -> None:
    shown = desk.planted("na")
    assert desk.says("na", desk.add(2), "confirmed") == 201
    assert len(desk.listed("na")) == 3, "the same again is shown no more"
    assert desk.says("na", f"{1:016x}", "rejected") == 201, "another answer to the same event"
    judged = desk.add(3)
    assert desk.says("wei", judged, "confirmed") == 201
    assert desk.knows("boss", KNOWN, known=False) == 200
    assert desk.says("boss", judged, "confirmed") == 201
    assert desk.knows("boss", judged) == 200
    before = len(desk.listed("wei"))
    assert desk.says("wei", desk.add(4), "confirmed") == 201
    assert len(desk.listed("wei")) == before + 1, "only the event itself"
    assert desk.people["boss"].get("/api/attention").json()["reviewers"] == [], shown


def test_its_answer_does_not_stand_beside_it(desk: Desk) -> None:
    """For reviewers but those who have judged it the event itself is not there."""
    judged = desk.add(5)
    assert desk.says("wei", judged, "confirmed") == 201
    assert desk.says("boss", judged, "confirmed") == 201
    before = desk.people["na"].get("/api/health").json()["queue"]
    assert desk.knows("boss", judged) == 200
    after = desk.people["na"].get("/api/health").json()["queue"]
    assert (before["confirmed"], after["confirmed"], after["rejected"]) == (1, 0, 0)
    for name, sees in {"na": False, "wei": True, "judge": True, "boss": True, "eye": True}.items():
        ids = {one["id"] for order in ("queue", "newest") for one in desk.listed(name, f"order={order}")}
        assert (judged in ids) is sees, name
        assert (desk.ask(name, "GET", f"/api/events/{judged}") == 200) is sees, name
        assert (desk.ask(name, "GET", f"/api/events/{judged}/verdicts") == 200) is sees, name
    assert desk.ask("na", "GET", f"/api/events/{judged}/clip") == 404
    assert desk.says("na", judged, "confirmed") == 404


def test_only_what_is_settled_and_has_a_clip_can_be_known(desk: Desk) -> None:
    one = desk.add(5)
    known = f"/api/events/{one}/known"
    states = [desk.knows("judge", one)]
    assert desk.says("na", one, "confirmed") == 201
    states.append(desk.knows("judge", one))
    assert desk.people["judge"].get(known).json() == {"known": "unfit"}
    assert desk.says("boss", one, "unclear") == 201
    states.append(desk.knows("judge", one))
    assert desk.says("boss", one, "confirmed") == 201
    assert desk.people["judge"].get(known).json() == {"known": "fit"}
    states.append(desk.knows("judge", one))
    assert states == [409, 409, 409, 200]
    assert desk.knows("judge", one, known=False) == 200
    bare = desk.event(6)
    desk.store.upsert_event(bare)
    assert desk.says("boss", bare.id, "confirmed") == 201
    assert desk.knows("judge", bare.id) == 409
    actions = [e.action for e in desk.store.audit.newest(limit=60)]
    assert (actions.count("known.marked"), actions.count("known.unmarked")) == (2, 1)


def test_another_verdict_makes_a_known_clip_useless(desk: Desk) -> None:
    shown = desk.planted()
    assert desk.says("na", shown["id"], "rejected") == 201
    assert desk.says("boss", KNOWN, "confirmed") == 201
    assert desk.people["boss"].get("/api/attention").json()["reviewers"] == []
    (known,) = desk.people["judge"].get("/api/known-clips").json()["clips"]
    assert known["usable"] is False
    assert desk.says("wei", desk.add(2), "confirmed") == 201
    assert len(desk.listed("wei")) == 3, "nothing is shown, and the event is hidden no more"


def test_who_sees_whose_attention(desk: Desk) -> None:
    shown = desk.planted()
    assert desk.says("na", shown["id"], "rejected") == 201
    seen = {name: desk.people[name].get("/api/attention") for name in ROLES}
    assert {name: one.status_code for name, one in seen.items()} == {
        **dict.fromkeys(("na", "wei", "judge", "boss"), 200),
        **dict.fromkeys(("chief", "eye"), 403),
    }
    own = seen["na"].json()
    assert own["reviewers"] is None
    assert (own["own"]["shown"], own["own"]["low"]) == (0, None), "today's answers would tell which it was"
    assert seen["judge"].json()["own"] is None
    assert len(desk.store.audit.newest(limit=9, action="attention.viewed")) == 2
    with desk.store.transactions.write() as session:
        session.execute(update(PlantRow).values(answered_at=datetime.now(UTC) - timedelta(days=1)))
    own = desk.people["na"].get("/api/attention").json()["own"]
    assert (own["shown"], own["right"], own["high"]) == (1, 1, 1.0)


@pytest.mark.parametrize("end", ["term", "original"])
def test_its_files_go_with_their_term_and_with_those_of_the_known_clip(desk: Desk, end: str) -> None:
    answered, waits = desk.planted("na", 1), desk.planted("wei", 2)
    assert desk.says("na", answered["id"], "rejected") == 201
    sweeper = desk.client.app.state.context.sweeper
    clips = desk.client.data_dir / "clips"
    sweeper.sweep()
    assert (clips / f"{waits['id']}.mp4").is_file()
    if end == "term":
        with desk.store.transactions.write() as session:
            session.execute(update(PlantRow).values(made_at=datetime.now(UTC) - timedelta(days=8)))
    else:
        desk.store.evidence.gone([KNOWN], "expired", at=datetime.now(UTC))
    sweeper.sweep()
    assert not [*clips.glob(f"{waits['id']}.*"), *clips.glob(f"{answered['id']}.*")]
    assert (clips / f"{KNOWN}.mp4").is_file(), "the known clip's own are the sweeper's"
    assert desk.ask("wei", "GET", f"/api/events/{waits['id']}") == 404
    left = desk.people["na"].get(f"/api/events/{answered['id']}").json()
    assert (left["clip"], left["clip_missing"], left["verdict"]["verdict"]) == (None, "expired", "rejected")
    (found,) = desk.people["boss"].get("/api/attention").json()["reviewers"]
    assert (found["reviewer"], found["shown"]) == ("na", 1)


def test_what_a_killed_process_left_half_done_is_never_seen_and_goes(desk: Desk) -> None:
    shown = desk.event(7, clip="clips/7.mp4")
    long_ago = datetime.now(UTC) - UNFINISHED - timedelta(minutes=1)
    desk.store.plants.put(Plant(KNOWN, shown, "na", "a" * 16), at=long_ago)
    half = desk.client.data_dir / "clips" / f"{shown.id}.mp4.partial"
    half.write_bytes(b"half")
    assert desk.ask("na", "GET", f"/api/events/{shown.id}") == 404
    assert shown.id not in [one["id"] for one in desk.listed("na")]
    desk.client.app.state.context.planter.sweep(datetime.now(UTC))
    assert not half.exists()


def test_without_evidence_or_room_at_the_post_none_is_shown(desk: Desk, caplog: Any) -> None:
    now = datetime.now(UTC)
    busy = desk.add(8, start=now - timedelta(minutes=10), end=now)
    assert desk.says("na", busy, "confirmed") == 201
    assert len(desk.listed("na")) == 1
    (desk.client.data_dir / "clips" / f"{KNOWN}.mp4").unlink()
    desk.store.upsert_event(desk.event(8, start=NINE, end=NINE))
    assert desk.says("wei", desk.add(9), "confirmed") == 201
    assert f"event {KNOWN}: mp4 file is missing" in caplog.text
    assert not [one for one in desk.listed("wei") if one["start"] > (now - timedelta(hours=1)).isoformat()]


def test_at_posts_that_do_not_exist_for_a_reviewer_none_is_shown(desk: Desk) -> None:
    own = logged_in(desk.client, add_account(desk.store, "own", "reviewer", ("w02",)))
    real = desk.add(2, post="w02")
    assert own.post(f"/api/events/{real}/verdict", json={"verdict": "confirmed"}).status_code == 201
    assert [one["id"] for one in own.get("/api/events").json()["events"]] == [real]


def test_it_is_off_unless_it_is_asked_for(tmp_path: Any) -> None:
    made: Callable[[Settings], Any] = build_app
    for settings, share in (
        (Settings(data_dir=tmp_path), 0.0),
        (Settings(data_dir=tmp_path, planted=0.02), 0.02),
    ):
        context = made(settings).state.context
        assert context.planter.planting.share == share
        context.store.close()


def test_nobody_without_a_name_is_shown_one() -> None:
    assert not Reader().is_tested
