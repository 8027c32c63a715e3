"""Spot checks in the store, on SQLite and PostgreSQL: kept once, answered, taken back, let go of."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from samples_appeals import did
from samples_service import NINE, WATCHED, draw_spot

from service.evidence.filing import check
from service.evidence.spot_clips import file_spot, sweep_spots
from service.review.claims import HeldError
from service.review.spots import SpotRefusedError, UnknownSpotError
from service.review.standing import UNDO, VerdictClashError
from service.store import EventFilter, Store
from service.store.spots import SpotFilter

LATER = NINE + timedelta(hours=1)
MINUTE = timedelta(minutes=1)
NA, WEI = did("na"), did("wei")
WAITING = SpotFilter(state="waiting")


def ids(store: Store, wanted: SpotFilter = WAITING, limit: int = 50) -> list[str]:
    return [spot.id for spot in store.spots.find(wanted, LATER, limit=limit)]


def test_it_waits_is_answered_and_waits_no_more(store: Store, tmp_path: Path) -> None:
    first, second = (draw_spot(store, tmp_path, start=NINE + n * MINUTE).id for n in range(2))
    assert ids(store) == [first, second]
    found = store.spots.answer(first, "seen", ["eating", "absent"], at=LATER, act=NA)
    assert found.said is not None
    assert (found.said.answer, found.said.rules, found.said.by) == ("seen", ("absent", "eating"), "na")
    assert (found.said.at, found.start) == (LATER, NINE)
    assert ids(store) == [second]
    assert ids(store, SpotFilter(state="answered")) == [first]
    assert store.spots.waiting() == 1


def test_it_is_no_event(store: Store, tmp_path: Path) -> None:
    spot = draw_spot(store, tmp_path)
    store.spots.answer(spot.id, "seen", ["smoking"], at=LATER, act=NA)
    assert store.counts() == {}
    assert store.events(EventFilter()).events == []
    assert store.evidence.kept() == []


def test_delivered_again_it_keeps_what_was_said(store: Store, tmp_path: Path) -> None:
    spot = draw_spot(store, tmp_path)
    store.spots.answer(spot.id, "nothing", [], at=LATER, act=NA)
    file_spot(store, tmp_path, spot, LATER)
    (kept,) = store.spots.find(SpotFilter(), LATER, limit=5)
    assert kept.said is not None
    assert kept.said.answer == "nothing"


def test_without_its_clip_it_never_comes_to_anybody(store: Store, tmp_path: Path) -> None:
    spot = draw_spot(store, tmp_path)
    other = spot.model_copy(update={"id": "f" * 16, "clip": "spot-checks/none.mp4"})
    file_spot(store, tmp_path, other, LATER)
    assert ids(store, SpotFilter()) == [spot.id]


@pytest.mark.parametrize(
    ("answer", "rules"),
    [("seen", []), ("nothing", ["smoking"]), ("unclear", ["smoking"]), ("seen", ["running"])],
)
def test_what_does_not_go_together_is_refused(
    store: Store, tmp_path: Path, answer: str, rules: list[str]
) -> None:
    spot = draw_spot(store, tmp_path)
    with pytest.raises(SpotRefusedError, match="expected"):
        store.spots.answer(spot.id, answer, rules, at=LATER, act=NA)  # type: ignore[arg-type]
    assert ids(store) == [spot.id]


def test_whoever_answered_may_correct_it_and_nobody_else(store: Store, tmp_path: Path) -> None:
    spot = draw_spot(store, tmp_path)
    store.spots.answer(spot.id, "nothing", [], at=LATER, act=NA)
    store.spots.answer(spot.id, "seen", ["smoking"], at=LATER + MINUTE, act=NA)
    with pytest.raises(VerdictClashError):
        store.spots.answer(spot.id, "nothing", [], at=LATER + MINUTE, act=WEI)
    said = store.spots.get(spot.id, LATER).said
    assert said is not None
    assert said.rules == ("smoking",)


def test_ones_own_fresh_answer_is_taken_back(store: Store, tmp_path: Path) -> None:
    spot = draw_spot(store, tmp_path)
    with pytest.raises(VerdictClashError, match="there is none"):
        store.spots.withdraw(spot.id, at=LATER, act=NA)
    store.spots.answer(spot.id, "nothing", [], at=LATER, act=NA)
    with pytest.raises(VerdictClashError, match="it was na who answered"):
        store.spots.withdraw(spot.id, at=LATER, act=WEI)
    with pytest.raises(VerdictClashError, match="10 minutes"):
        store.spots.withdraw(spot.id, at=LATER + UNDO + MINUTE, act=NA)
    assert store.spots.withdraw(spot.id, at=LATER + MINUTE, act=NA).said is None
    assert ids(store) == [spot.id]


def test_two_people_do_not_do_the_same_one(store: Store, tmp_path: Path) -> None:
    spot = draw_spot(store, tmp_path)
    assert store.spots.claim(spot.id, "na", LATER) is not None
    with pytest.raises(HeldError):
        store.spots.claim(spot.id, "wei", LATER + MINUTE)
    with pytest.raises(HeldError):
        store.spots.answer(spot.id, "nothing", [], at=LATER + MINUTE, act=WEI)
    store.spots.release(spot.id, "wei")  # somebody else's claim stays
    claim = store.spots.get(spot.id, LATER + MINUTE).claim
    assert claim is not None
    assert claim.holder == "na"
    assert store.spots.claim(spot.id, "wei", LATER + MINUTE, take_over=WEI) is not None
    store.spots.answer(spot.id, "nothing", [], at=LATER + MINUTE, act=WEI)
    assert store.spots.get(spot.id, LATER + MINUTE).claim is None
    assert store.spots.claim(spot.id, "na", LATER + MINUTE) is None  # it waits for nobody


def test_a_claim_runs_out_by_itself(store: Store, tmp_path: Path) -> None:
    spot = draw_spot(store, tmp_path)
    store.spots.claim(spot.id, "na", LATER)
    assert store.spots.claim(spot.id, "wei", LATER + 6 * MINUTE) is not None


def test_what_is_done_stands_in_the_audit_log(store: Store, tmp_path: Path) -> None:
    spot = draw_spot(store, tmp_path)
    act = NA.model_copy(update={"action": "spot.answered", "object": spot.id})
    store.spots.answer(spot.id, "nothing", [], at=LATER, act=act)
    store.spots.answer(spot.id, "nothing", [], at=LATER, act=act)  # the same again says nothing new
    assert [one.action for one in store.audit.newest(limit=9) if one.object == spot.id] == ["spot.answered"]
    assert store.audit.first_fault() is None


def test_pages_and_foreign_posts(store: Store, tmp_path: Path) -> None:
    made = [draw_spot(store, tmp_path, f"w0{1 + n % 2}", NINE + n * MINUTE).id for n in range(5)]
    found: list[str] = []
    last = None
    while page := store.spots.find(SpotFilter(), LATER, limit=2, after=last):
        found += [one.id for one in page]
        last = page[-1]
    assert found == made
    assert ids(store, SpotFilter(post="w02")) == made[1::2]
    assert ids(store, SpotFilter(posts=frozenset({"w01"}))) == made[::2]
    assert store.spots.waiting(frozenset({"w02"})) == 2


def test_nobody_knows_one_that_is_not_there(store: Store) -> None:
    for ask in (
        lambda: store.spots.get("f" * 16, LATER),
        lambda: store.spots.clip("f" * 16),
        lambda: store.spots.claim("f" * 16, "na", LATER),
        lambda: store.spots.answer("f" * 16, "nothing", [], at=LATER, act=NA),
    ):
        with pytest.raises(UnknownSpotError):
            ask()


def test_clips_go_after_their_term_and_what_was_said_stays(store: Store, tmp_path: Path) -> None:
    old, answered, new = (draw_spot(store, tmp_path, start=NINE + n * MINUTE) for n in (0, 1, 600))
    store.spots.answer(answered.id, "nothing", [], at=LATER, act=NA)
    rendition = tmp_path / "spot-checks" / f"{old.id}.h264.mp4"
    rendition.write_bytes(b"x")
    sweep_spots(store, tmp_path, timedelta(hours=2), LATER + timedelta(hours=2))
    assert [path.stem for path in (tmp_path / "spot-checks").iterdir()] == [new.id]
    assert ids(store) == [new.id]
    assert store.spots.clip(old.id) is None
    with pytest.raises(VerdictClashError, match="gone"):
        store.spots.answer(old.id, "nothing", [], at=LATER, act=NA)
    kept = store.spots.get(answered.id, LATER)
    assert kept.said is not None
    assert not kept.clip


def test_of_an_old_recording_that_is_watched_now_they_stay_their_term(store: Store, tmp_path: Path) -> None:
    spot = draw_spot(store, tmp_path)
    today = LATER + timedelta(days=300)
    again = spot.model_copy(update={"id": "a" * 16})
    file_spot(store, tmp_path, again, today)
    sweep_spots(store, tmp_path, timedelta(days=14), today)
    assert (store.spots.clip(spot.id), store.spots.clip(again.id)) == (None, spot.clip)


def test_a_clip_that_was_changed_is_found_out(store: Store, tmp_path: Path) -> None:
    good, bad = (draw_spot(store, tmp_path, start=NINE + n * MINUTE) for n in range(2))
    assert list(check(tmp_path, store.spots.files())) == []
    with (tmp_path / bad.clip).open("ab") as file:
        file.write(b"x")
    (found,) = check(tmp_path, store.spots.files())
    assert (found.file.of, found.problem) == (f"spot check {bad.id}", "changed")
    assert good.rules == WATCHED
