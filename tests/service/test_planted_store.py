"""Known clips in the store, on SQLite and PostgreSQL alike."""

from __future__ import annotations

from datetime import datetime, timedelta

from samples_appeals import did
from samples_service import NINE, EventMaker, add_account

from service.review.planting import Attention
from service.review.standing import Reader
from service.store import EventFilter, Store
from service.store.plants import Plant
from service.store.verdicts import Given

NA = Reader("na", opinion=True)
REST = timedelta(hours=1)


def known(store: Store, event: EventMaker, number: int = 0, answer: str = "rejected") -> str:
    """A known clip that the adjudicator has answered."""
    if not store.accounts.all():
        add_account(store, "judge", "adjudicator")
    made = event(number, clip=f"clips/{number:016x}.mp4")
    store.upsert_event(made)
    store.give_verdict(made.id, answer, None, "", at=NINE, act=did("judge"))  # type: ignore[arg-type]
    store.known.mark(made.id, did("judge"))
    return made.id


def plant(store: Store, event: EventMaker, number: int, of: str, at: datetime = NINE) -> str:
    shown = event(number, clip=f"clips/{number:016x}.mp4")
    store.plants.put(Plant(of, shown, "na", f"{number + 500:016x}"), at=at)
    store.plants.show(shown.id, at=at)
    return shown.id


def test_pages_of_a_reviewer_hold_each_question_once_in_order(store: Store, event: EventMaker) -> None:
    of = known(store, event)
    for number in (20, 22, 24):
        store.upsert_event(event(number))
    planted = {plant(store, event, number, of) for number in (21, 23, 25)}
    for order, expected in (("queue", list(range(20, 26))), ("newest", list(range(25, 19, -1)))):
        for limit in (1, 2, 3, 7):
            found: list[str] = []
            cursor: str | None = None
            while True:
                page = store.events(
                    EventFilter(),
                    order=order,  # type: ignore[arg-type]
                    limit=limit,
                    cursor=cursor,
                    reader=NA,
                )
                found += [one.event.id for one in page.events]
                cursor = page.next_cursor
                if cursor is None:
                    break
            assert found == [f"{number:016x}" for number in expected], (order, limit)
    assert store.waiting(NA) == 6
    assert store.counts(reader=NA) == {"none": 6, "rejected": 0}
    assert store.counts() == {"none": 3, "rejected": 1}
    others = store.events(EventFilter(), reader=Reader("wei", opinion=True)).events
    assert not planted & {one.event.id for one in others}


def test_filters_find_it_by_what_it_looks_like(store: Store, event: EventMaker) -> None:
    one = plant(store, event, 21, known(store, event))
    store.answers.give(one, Given("confirmed"), at=NINE + REST, act=did("na"), reader=NA)
    late = event(21).start + timedelta(seconds=1)
    cases = [
        (EventFilter(verdict="confirmed"), True),
        (EventFilter(verdict="none"), False),
        (EventFilter(by="na", posts=frozenset({"w01"})), True),
        (EventFilter(by="wei"), False),
        (EventFilter(posts=frozenset({"w02"})), False),
        (EventFilter(start_from=event(21).start, start_to=late), True),
        (EventFilter(start_from=late), False),
        (EventFilter(disputed=True), False),
    ]
    for wanted, there in cases:
        found = [judged.event.id for judged in store.events(wanted, reader=NA).events]
        assert (one in found) is there, wanted


def test_it_is_claimed_ahead_opened_and_given_back(store: Store, event: EventMaker) -> None:
    one = plant(store, event, 21, known(store, event))

    def given(*, ahead: bool) -> str | None:
        return store.claims.next(EventFilter(), NA, NINE, lambda _: did("na"), ahead=ahead)

    assert given(ahead=True) == one
    held = store.event(one, NINE, NA).claim
    assert held is not None
    assert (held.holder, held.ahead) == ("na", True)
    assert given(ahead=False) == one
    held = store.event(one, NINE, NA).claim
    assert held is not None
    assert not held.ahead
    assert store.event(one, NINE + REST, NA).claim is None, "it has run out"
    store.claims.release(one, "wei")
    assert store.event(one, NINE, NA).claim is not None
    store.claims.release(one, "na")
    assert store.event(one, NINE, NA).claim is None


def test_what_is_answered_is_scored_until_the_known_clip_is_one_no_more(
    store: Store, event: EventMaker
) -> None:
    first, second = known(store, event), known(store, event, 1, "confirmed")
    for number, of in ((21, first), (22, second), (23, second)):
        plant(store, event, number, of)
    for number in (21, 22):
        store.answers.give(
            f"{number:016x}", Given("rejected"), at=NINE + REST, act=did("na", NINE + REST), reader=NA
        )
    assert store.plants.attention() == {"na": Attention(2, 1)}
    assert store.plants.attention(until=NINE + REST) == {}
    assert store.plants.attention(reviewer="wei") == {}
    store.answers.withdraw(f"{22:016x}", at=NINE + REST, act=did("na", NINE + REST))
    assert store.plants.attention() == {"na": Attention(1, 1)}
    assert [(one.event, one.shown, one.right) for one in store.known.all()] == [(first, 1, 1), (second, 0, 0)]
    store.known.unmark(first, did("judge"))
    assert store.plants.attention() == {}
    assert store.known.all(posts=["w02"]) == []
    assert store.audit.first_fault() is None


def test_what_is_outdated_goes_and_only_answers_stay(store: Store, event: EventMaker) -> None:
    of = known(store, event)
    answered, waits, fresh = (plant(store, event, number, of, NINE) for number in (21, 22, 23))
    store.answers.give(answered, Given("rejected"), at=NINE, act=did("na"), reader=NA)
    assert store.plants.outdated(NINE, NINE) == []
    assert set(store.plants.outdated(NINE + REST, NINE)) == {answered, waits, fresh}
    store.plants.gone([answered, waits], at=NINE)
    assert store.plants.outdated(NINE + REST, NINE) == [fresh]
    found = {one.event.id: one.event.clip_missing for one in store.events(EventFilter(), reader=NA).events}
    assert found == {answered: "expired", fresh: None}


def test_who_may_be_shown_what(store: Store, event: EventMaker) -> None:
    of, real = known(store, event), event(5)
    store.upsert_event(real)
    books = store.plants
    assert books.known_to_show("na", real.id, None) == books.known_to_show("na", real.id, ["w01"]) == [of]
    assert books.known_to_show("na", real.id, ["w02"]) == []
    assert books.known_to_show("judge", real.id, None) == []
    assert books.known_to_show("na", "f" * 16, None) == [], "after what is no event, such as a known clip"
    assert books.is_free("w01", real.start + REST, real.start + 2 * REST)
    assert not books.is_free("w01", real.start, real.start)
    assert books.is_free("w02", real.start, real.start)
    books.put(Plant(of, event(30), "na", real.id), at=NINE)
    assert books.known_to_show("na", real.id, None) == []
    assert books.known_to_show("wei", real.id, None) == [of]
