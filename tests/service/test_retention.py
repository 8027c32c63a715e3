"""Retention: which evidence goes, and which stays, as a table of situations."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples_service import NINE

from service.evidence.retention import NEWEST, Kept, Terms, plan

GB = 10**9
TERMS = Terms(timedelta(days=7), timedelta(days=90), timedelta(days=365), floor=10 * GB)
PLENTY = 100 * GB


def kept(event: str, days: float, verdict: str | None = None, *, gb: float = 1, **more: bool) -> Kept:
    return Kept(event, NINE - timedelta(days=days), verdict, int(gb * GB), **more)


def until(one: Kept, days: float) -> Kept:
    return replace(one, held_until=NINE + timedelta(days=days))


@pytest.mark.parametrize(
    ("one", "goes"),
    [
        pytest.param(kept("a", 6.9, "rejected"), False, id="rejected, within its week"),
        pytest.param(kept("a", 7.1, "rejected"), True, id="rejected, after it"),
        pytest.param(kept("a", 89, None), False, id="a question, within its term"),
        pytest.param(kept("a", 91, None), True, id="a question, after it"),
        pytest.param(kept("a", 91, "unclear"), True, id="unclear is as good as a question"),
        pytest.param(kept("a", 91, "confirmed"), False, id="confirmed, longer than a question"),
        pytest.param(kept("a", 364, "confirmed"), False, id="confirmed, within its year"),
        pytest.param(kept("a", 366, "confirmed"), True, id="confirmed, after it"),
        pytest.param(kept("a", 9999, "rejected", held=True), False, id="held stays, whatever its age"),
        pytest.param(until(kept("a", 9999, "rejected"), 1), False, id="held for a while, which is not over"),
        pytest.param(until(kept("a", 9999, "rejected"), 0), True, id="held for a while, which is over now"),
        pytest.param(
            until(kept("a", 300, "confirmed"), -1), False, id="a hold that is over shortens no term"
        ),
        pytest.param(kept("a", 9999, None, open=True), False, id="what still goes on stays"),
        pytest.param(kept("a", -1, None), False, id="an end in the future, by a clock set back"),
    ],
)
def test_terms(one: Kept, goes: bool) -> None:
    found = plan([one], TERMS, PLENTY, NINE)
    assert (found.expired, found.made_room, found.short) == (("a",) if goes else (), (), 0)


@pytest.mark.parametrize(
    ("there", "free", "expired", "room", "short"),
    [
        pytest.param([kept("a", 1, "rejected")], 10, [], [], 0, id="at the floor"),
        pytest.param([kept("a", 1, "rejected"), kept("b", 2)], 9, [], ["a"], 0, id="rejected goes first"),
        pytest.param(
            [kept("a", 3, "rejected"), kept("b", 5, "rejected"), kept("c", 4, "rejected")],
            8,
            [],
            ["b", "c"],
            0,
            id="the oldest of the rejected first, and no more than needed",
        ),
        pytest.param(
            [kept("a", 0.1, "rejected"), kept("b", 50), kept("c", 60, "unclear")],
            8,
            [],
            ["a", "c"],
            0,
            id="then what nobody confirmed, oldest first",
        ),
        pytest.param([kept("a", 0.5), kept("b", 0.9)], 9, [], [], 1, id="the newest never makes room"),
        pytest.param([kept("a", 300, "confirmed")], 0, [], [], 10, id="confirmed never makes room"),
        pytest.param([kept("a", 3, "rejected", held=True)], 9, [], [], 1, id="held never makes room"),
        pytest.param([until(kept("a", 3, "rejected"), 1)], 9, [], [], 1, id="nor what is held for a while"),
        pytest.param(
            [kept("a", 8, "rejected", gb=2), kept("b", 3, "rejected")],
            8,
            ["a"],
            [],
            0,
            id="what expires counts first",
        ),
        pytest.param([], 3, [], [], 7, id="nothing there to delete"),
        pytest.param(
            [kept("a", 3, "rejected", gb=0), kept("b", 2, "rejected")], 9, [], ["a", "b"], 0, id="empty files"
        ),
    ],
)
def test_a_floor_of_free_disk(
    there: list[Kept], free: float, expired: list[str], room: list[str], short: float
) -> None:
    found = plan(there, TERMS, int(free * GB), NINE)
    assert (list(found.expired), list(found.made_room), found.short) == (expired, room, int(short * GB))


EVENTS = st.builds(
    kept,
    st.uuids().map(str),
    st.floats(-2, 500),
    st.sampled_from([None, "rejected", "confirmed", "unclear"]),
    gb=st.floats(0, 5),
    open=st.booleans(),
    held=st.booleans(),
)


@given(st.lists(EVENTS, max_size=30, unique_by=lambda one: one.event), st.floats(0, 30))
def test_no_disk_however_full_costs_what_must_stay(there: list[Kept], free: float) -> None:
    found = plan(there, TERMS, int(free * GB), NINE)
    by_id = {one.event: one for one in there}
    gone = [by_id[event] for event in (*found.expired, *found.made_room)]
    assert len({one.event for one in gone}) == len(gone)
    assert not any(one.open or one.held for one in gone)
    for one in (by_id[event] for event in found.made_room):
        assert one.verdict == "rejected" or (one.verdict != "confirmed" and NINE - one.last > NEWEST)
    left = int(free * GB) + sum(one.size for one in gone)
    assert found.short == max(TERMS.floor - left, 0)
