"""Spot checks are drawn with a known chance, whatever happens, and never in or near what was flagged."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples_rules import BERLIN, STEADY, clock, engine, every, rule, schedule, shift

from pipelines.rules.belief import BRIDGE_S
from pipelines.rules.engine import PostState, RuleEngine, Ruling
from pipelines.rules.machine import Change
from pipelines.rules.schedule import Schedule
from pipelines.rules.spots import Draw, Found, PostSpots, Spot, day_in_shift_s

NEAR_S, LENGTH_S = 6.0, 5.0
ALL = Draw(1e9, length_s=LENGTH_S, near_s=NEAR_S)
PHONE = rule(hold_s=3, release_s=2)
AWAY = rule(name="absent", behaviour="presence", broken_when="no", hold_s=20, release_s=2)
DAY = schedule(shift("09:00", "12:00"), shift("14:00", "17:30"))
Look = tuple[float, bool, float | None]
"""When, whether the post could be seen, and how probable the behaviour is in this look."""


@st.composite
def days(draw: st.DrawFn) -> list[Look]:
    """Long stretches of like looks, with holes and looks that could tell nothing between them."""
    t, looks = draw(st.sampled_from([0.0, 3.3])), list[Look]()
    for _ in range(draw(st.integers(2, 8))):
        gap = draw(st.sampled_from([0.4, 0.4, 0.4, 2.0, 3.0]))
        seen = draw(st.sampled_from([True, True, True, False]))
        cue = draw(st.sampled_from([0.02, 0.02, 0.02, 0.5, 0.95, 0.95, None]))
        for _ in range(draw(st.integers(2, 60))):
            t += gap
            looks.append((t, seen, cue))
        t += draw(st.sampled_from([0.0, 0.0, 4.0]))
    return looks


def through(
    looks: Iterable[Look],
    draw: Draw = ALL,
    of: RuleEngine | None = None,
    post: str = "w01",
    shifts: Schedule | None = None,
) -> tuple[list[Found], list[Ruling]]:
    """Looks through an engine of one rule, and its rulings on to the spot checks of a post."""
    rules = of or engine(PHONE)
    (only,) = rules.rules
    state: PostState = rules.start()
    spots = PostSpots(post, draw, 1, shifts or rules.schedule)
    found, told = [], list[Ruling]()
    for t, seen, cue in looks:
        state, rulings = rules.look(state, t, {only.behaviour: cue if seen else None})
        found.append(spots.look(t, seen, rulings))
        told += rulings
    _, last = rules.finish(state)
    return found, told + last


def kept(found: Iterable[Found]) -> list[Spot]:
    return [spot for one in found for spot in one.kept]


def flagged(rulings: Iterable[Ruling]) -> list[tuple[float, float]]:
    """From when to when events lasted."""
    changes = [ruling.transition for ruling in rulings if ruling.transition.change is Change.CLOSED]
    return [(change.start, change.t if change.end is None else change.end) for change in changes]


@STEADY
@given(days())
def test_nothing_is_kept_in_or_near_an_event(looks: list[Look]) -> None:
    found, rulings = through(looks)
    for spot in kept(found):
        for start, end in flagged(rulings):
            assert spot.end <= start or spot.start >= end + NEAR_S, (spot, start, end)


@STEADY
@given(days())
def test_what_is_kept_was_seen_throughout(looks: list[Look]) -> None:
    found, _ = through(looks)
    for spot in kept(found):
        before = max(t for t, _, _ in looks if t <= spot.start)
        around = [(t, seen) for t, seen, _ in looks if before <= t <= spot.end + BRIDGE_S]
        until = next(i for i, (t, _) in enumerate(around) if t >= spot.end)
        assert all(seen for _, seen in around[: until + 1])
        assert all(b - a <= BRIDGE_S for (a, _), (b, _) in pairwise(around[: until + 1]))
        assert (spot.end - spot.start, spot.start % LENGTH_S) == (LENGTH_S, 0)


@STEADY
@given(days(), st.binary(min_size=8, max_size=8), st.sampled_from([0.1, 0.5, 0.9]))
def test_what_is_drawn_of_the_unflagged_stretches_hangs_on_the_key_alone(
    looks: list[Look], key: bytes, share: float
) -> None:
    everything, _ = through(looks)
    some = Draw(share * 86400 / LENGTH_S, key, LENGTH_S, NEAR_S)
    found, _ = through(looks, some)
    taken = [spot for spot in kept(everything) if some.takes("w01", spot.start, share)]
    assert [spot[:2] for spot in kept(found)] == [spot[:2] for spot in taken]
    assert all(spot.chance == pytest.approx(share) for spot in kept(found))
    assert through(looks, some)[0] == found


@STEADY
@given(days())
def test_what_begins_is_kept_or_dropped_once_or_still_undecided(looks: list[Look]) -> None:
    found, _ = through(looks)
    begun = [one.begun for one in found if one.begun is not None]
    over = [spot for one in found for spot in (*one.dropped, *one.kept)]
    assert len(over) == len(set(over))
    assert set(over) <= set(begun)
    assert len(set(begun) - set(over)) == len(begun) - len(over)


@pytest.mark.parametrize("share", [0.003, 0.05, 0.5])
def test_each_stretch_is_drawn_with_the_chance_that_is_told(share: float) -> None:
    draw, number = Draw(4, b"a key"), 40_000
    drawn = sum(draw.takes(f"w{i % 4}", 20.0 * (i // 4), share) for i in range(number))
    assert abs(drawn - share * number) < 4 * (share * (1 - share) * number) ** 0.5


def test_two_posts_and_two_keys_draw_apart() -> None:
    draws = {
        (post, key): [Draw(4, key).takes(post, 20.0 * i, 0.5) for i in range(200)]
        for post in ("w01", "w02")
        for key in (b"one", b"two")
    }
    assert len({tuple(drawn) for drawn in draws.values()}) == 4


def test_a_days_chance_gives_as_many_as_are_wanted_of_the_whole_hall() -> None:
    morning = clock("2026-01-05 09:00")
    chance = Draw(6).chance(morning, 10, DAY)
    stretches = 10 * day_in_shift_s(morning, DAY) / 20
    assert chance * stretches == pytest.approx(6)
    assert Draw(1e6).chance(morning, 1, DAY) == 1.0
    assert Draw(6).chance(clock("2026-01-05 09:00"), 0, DAY) == 0.0


@pytest.mark.parametrize(
    ("when", "shifts", "hours"),
    [
        ("2026-01-05 12:30", DAY, 6.5),
        ("2026-01-05 12:30", schedule(), 24),
        ("2026-01-05 12:30", schedule(shift("22:00", "06:00")), 8),
        ("2026-01-10 12:30", schedule(shift("09:00", "17:00", "mon-fri")), 0),
        ("2026-03-29 12:30", schedule(zone=BERLIN), 23),
    ],
    ids=["two shifts", "always", "past midnight", "a day off", "a short day"],
)
def test_the_seconds_of_a_day_in_shift(when: str, shifts: Schedule, hours: float) -> None:
    assert day_in_shift_s(clock(when, shifts.zone), shifts) == hours * 3600


def calm(start: float, end: float) -> list[Look]:
    return [(t, True, cue) for t, cue in every(0.4, 0.02, start, end)]


def busy(start: float, end: float) -> list[Look]:
    return [(t, True, cue) for t, cue in every(0.4, 0.98, start, end)]


def test_a_stretch_across_the_end_of_a_shift_is_none() -> None:
    shifts = schedule(shift("09:00", "09:01"))
    nine = clock("2026-01-05 09:00")
    whole = Draw(1e9, length_s=7.0, near_s=0.0)
    found, _ = through(calm(nine - 30, nine + 90), whole, shifts=shifts)
    spots = kept(found)
    assert spots
    assert all(nine <= spot.start and spot.end <= nine + 60 for spot in spots)
    assert nine + 60 - spots[-1].end < 7  # it ends with the last that fits


def test_what_wavered_and_was_let_go_stands_and_is_asked_about() -> None:
    wavered = [*calm(0, 40), *busy(40, 42), *calm(42, 90)]
    found, rulings = through(wavered)
    changes = [ruling.transition.change for ruling in rulings]
    assert changes == [Change.PENDING, Change.DROPPED]
    assert any(spot.start <= 40 < spot.end for spot in kept(found))


def test_what_came_to_an_event_does_not_stand() -> None:
    found, rulings = through([*calm(0, 40), *busy(40, 60), *calm(60, 100)])
    assert len(flagged(rulings)) == 1
    assert {spot.start for spot in kept(found)} == {10.0, 15.0, 20.0, 25.0, 70.0, 75.0}


def test_a_short_absence_within_its_grace_is_not_asked_about_for_no_clip_could_tell() -> None:
    there, gone = every(0.4, 0.98, 0, 40), every(0.4, 0.02, 40, 48)
    looks = [(t, True, cue) for t, cue in [*there, *gone, *every(0.4, 0.98, 48, 90)]]
    found, rulings = through(looks, of=engine(AWAY))
    assert [ruling.transition.change for ruling in rulings] == [Change.PENDING, Change.DROPPED]
    asked = kept(found)
    assert not any(spot.start < 48 and spot.end > 40 for spot in asked)
    assert any(spot.end <= 40 for spot in asked)
    assert any(spot.start >= 48 for spot in asked)


def test_nothing_is_drawn_before_it_is_known_what_was_near() -> None:
    found, _ = through(calm(100, 150))
    assert kept(found)[0].start >= 100 + NEAR_S


def test_what_an_earlier_process_left_open_flags_too() -> None:
    state, rules = engine(PHONE).start(), engine(PHONE)
    for t, _, cue in busy(0, 8):
        state, _ = rules.look(state, t, {"phone": cue})
    assert state.machines["phone_use"].open
    spots = PostSpots("w01", ALL, 1, rules.schedule)
    spots.go_on(rules.rules, state.machines)
    found: Sequence[Found] = [spots.look(t, True, []) for t, _, _ in calm(8, 60)]
    assert kept(found) == []


def test_a_stretch_that_is_forgotten_is_not_told_again() -> None:
    spots, rules = PostSpots("w01", ALL, 1, schedule()), list[Found]()
    for t, seen, _ in calm(0, 70):
        rules.append(spots.look(t, seen, []))
        begun = rules[-1].begun
        if begun is not None and begun.start == 20.0:
            spots.forget(begun)
    assert [spot.start for spot in kept(rules)] == [10.0, 15.0, 25.0, 30.0, 35.0, 40.0, 45.0]


@pytest.mark.parametrize("broken", [{"length_s": BRIDGE_S}, {"near_s": -1.0}, {"per_day": -1.0}])
def test_a_draw_that_cannot_be_is_refused(broken: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="expected stretches longer than"):
        Draw(**{"per_day": 1.0, **broken})
