from __future__ import annotations

import pytest
from samples_rules import rule, watch_machine

from pipelines.rules.belief import BRIDGE_S
from pipelines.rules.machine import FORGET_S, Change, Machine, Sight, Transition

Changes = list[tuple[Change, float, float, float | None]]
PENDING, DROPPED, OPENED, CLOSED = Change.PENDING, Change.DROPPED, Change.OPENED, Change.CLOSED


def row(p: float, start: float, end: float, step: float = 1.0) -> list[tuple[float, float]]:
    """The same probability each ``step`` seconds, both ends included."""
    return [(start + i * step, p) for i in range(round((end - start) / step) + 1)]


def told(changes: list[Transition]) -> Changes:
    return [(change.change, change.t, change.start, change.end) for change in changes]


@pytest.mark.parametrize(
    ("sights", "expected"),
    [
        pytest.param(row(0.1, 0, 30), [], id="nothing happens"),
        pytest.param(row(0.89, 0, 30), [], id="not sure enough, however long"),
        pytest.param(row(0.95, 0, 9), [(PENDING, 0, 0, None)], id="sure, but not for long enough"),
        pytest.param(row(0.95, 0, 10), [(PENDING, 0, 0, None), (OPENED, 10, 0, None)], id="held long enough"),
        pytest.param(
            [(0, 0.95), *row(0.1, 1, 5)],
            [(PENDING, 0, 0, None), (DROPPED, 1, 0, 1)],
            id="one lucky look is dropped",
        ),
        pytest.param(
            row(0.95, 0, 10) + row(0.1, 11, 20),
            [(PENDING, 0, 0, None), (OPENED, 10, 0, None), (CLOSED, 16, 0, 11)],
            id="over when it has stayed below for long enough, as of when that began",
        ),
        pytest.param(
            row(0.95, 0, 10) + row(0.1, 11, 14) + row(0.95, 15, 20),
            [(PENDING, 0, 0, None), (OPENED, 10, 0, None)],
            id="a short dip does not close it",
        ),
        pytest.param(
            row(0.95, 0, 10) + row(0.1, 11, 14) + row(0.6, 15, 15) + row(0.1, 16, 20),
            [(PENDING, 0, 0, None), (OPENED, 10, 0, None)],
            id="each dip counts for itself",
        ),
        pytest.param(
            row(0.95, 0, 5) + row(0.6, 6, 30) + row(0.95, 31, 34),
            [(PENDING, 0, 0, None)],
            id="in between, the count pauses",
        ),
        pytest.param(
            row(0.95, 0, 5) + row(0.6, 6, 30) + row(0.95, 31, 35),
            [(PENDING, 0, 0, None), (OPENED, 35, 0, None)],
            id="and goes on where it stood",
        ),
        pytest.param(
            row(0.6, -20, -1) + row(0.95, 0, 1),
            [(PENDING, 0, -20, None), (OPENED, 0, -20, None)],
            id="the onset is where the evidence turned, not where the belief arrived",
        ),
        pytest.param(
            row(0.95, 0, 10) + row(0.1, 11, 16) + row(0.95, 17, 27),
            [
                (PENDING, 0, 0, None),
                (OPENED, 10, 0, None),
                (CLOSED, 16, 0, 11),
                (PENDING, 17, 17, None),
                (OPENED, 27, 17, None),
            ],
            id="it happens again and is another event",
        ),
        pytest.param(
            row(0.95, 0, 15, BRIDGE_S),
            [(PENDING, 0, 0, None), (OPENED, 12, 0, None)],
            id="looks a bridge apart count",
        ),
        pytest.param(
            row(0.95, 0, 40, BRIDGE_S + 1),
            [(PENDING, 0, 0, None)],
            id="looks further apart never add up to anything",
        ),
        pytest.param(
            row(0.95, 0, 5) + row(0.95, 13, 18),
            [(PENDING, 0, 0, None), (OPENED, 18, 0, None)],
            id="a gap adds nothing but does not end it",
        ),
        pytest.param(
            row(0.95, 0, 5) + row(0.95, 36, 40),
            [(PENDING, 0, 0, None), (DROPPED, 36, 0, 5), (PENDING, 36, 36, None)],
            id="a long gap drops what was pending",
        ),
        pytest.param(
            [*row(0.95, 0, 10), (50, 0.1)],
            [(PENDING, 0, 0, None), (OPENED, 10, 0, None), (CLOSED, 50, 0, 10)],
            id="a long gap closes what was open, where it was last seen",
        ),
        pytest.param(
            [*row(0.95, 0, 10), (11, 0.1), (12, 0.1), (60, 0.1)],
            [(PENDING, 0, 0, None), (OPENED, 10, 0, None), (CLOSED, 60, 0, 11)],
            id="a long gap during a dip closes it where the dip began",
        ),
    ],
)
def test_what_a_machine_makes_of_what_it_sees(sights: list[tuple[float, float]], expected: Changes) -> None:
    _, changes = watch_machine(rule(), sights)
    assert told(changes) == expected


@pytest.mark.parametrize(
    ("changes", "sights", "expected"),
    [
        pytest.param(
            {"hold_s": 0}, row(0.95, 0, 0), [(PENDING, 0, 0, None), (OPENED, 0, 0, None)], id="no hold"
        ),
        pytest.param(
            {"hold_s": 0, "release_s": 0},
            [(0, 0.95), (1, 0.2)],
            [(PENDING, 0, 0, None), (OPENED, 0, 0, None), (CLOSED, 1, 0, 1)],
            id="no release",
        ),
        pytest.param(
            {"hold_s": 1, "open_at": 0.5, "close_at": 0.5, "release_s": 1},
            [(0, 0.5), (1, 0.5), (2, 0.49), (3, 0.49)],
            [(PENDING, 0, 0, None), (OPENED, 1, 0, None), (CLOSED, 3, 0, 2)],
            id="opens at open_at itself and is over below close_at",
        ),
    ],
)
def test_the_ends_of_the_settings(
    changes: dict[str, object], sights: list[tuple[float, float]], expected: Changes
) -> None:
    assert told(watch_machine(rule(**changes), sights)[1]) == expected


def test_an_event_never_ends_before_it_began() -> None:
    opened, _ = watch_machine(rule(hold_s=0), [(100.0, 0.95)])
    _, changes = opened.look(rule(release_s=0), Sight(101.0, 0.1, None, better_since=90.0))
    assert told(changes) == [(CLOSED, 101, 100, 100)]


def test_evidence_without_a_beginning_counts_from_the_look_itself() -> None:
    _, changes = Machine().look(rule(hold_s=0), Sight(7.0, 0.95, None, None))
    assert told(changes) == [(PENDING, 7, 7, None), (OPENED, 7, 7, None)]
    opened, _ = Machine().look(rule(hold_s=0), Sight(7.0, 0.95, None, None))
    _, changes = opened.look(rule(release_s=0), Sight(9.0, 0.1, None, None))
    assert told(changes) == [(CLOSED, 9, 7, 9)]


OPEN, _ = watch_machine(rule(), row(0.95, 0, 12))
HELD, _ = watch_machine(rule(), row(0.95, 0, 5))
DIPPING, _ = watch_machine(rule(), row(0.95, 0, 12) + row(0.1, 13, 15))
IDLE, _ = watch_machine(rule(), row(0.1, 0, 5))


@pytest.mark.parametrize(
    ("machine", "t", "expected"),
    [
        pytest.param(OPEN, 12 + FORGET_S, [], id="open, unknown for as long as is remembered"),
        pytest.param(
            OPEN, 12.1 + FORGET_S, [(CLOSED, 12.1 + FORGET_S, 0, 12)], id="open, unknown for too long"
        ),
        pytest.param(
            HELD, 5.1 + FORGET_S, [(DROPPED, 5.1 + FORGET_S, 0, 5)], id="pending, unknown for too long"
        ),
        pytest.param(
            DIPPING,
            16 + FORGET_S,
            [(CLOSED, 16 + FORGET_S, 0, 13)],
            id="it was about to close when sight was lost",
        ),
        pytest.param(IDLE, 1000, [], id="nothing was going on"),
        pytest.param(Machine(), 1000, [], id="nothing was ever seen"),
    ],
)
def test_when_nothing_is_known_any_more(machine: Machine, t: float, expected: Changes) -> None:
    after, changes = machine.idle_since(t)
    assert told(changes) == expected
    assert after.open is (machine.open and not expected)


@pytest.mark.parametrize(
    ("machine", "expected"),
    [
        pytest.param(OPEN, [(CLOSED, 20, 0, 15)], id="open"),
        pytest.param(HELD, [(DROPPED, 20, 0, 15)], id="pending"),
        pytest.param(DIPPING, [(CLOSED, 20, 0, 13)], id="in a dip: it ended where the dip began"),
        pytest.param(IDLE, [], id="idle"),
    ],
)
def test_stopped_at_the_end_of_a_shift(machine: Machine, expected: Changes) -> None:
    after, changes = machine.stop(20, 15)
    assert told(changes) == expected
    assert (after.start, after.open, after.held_s) == (None, False, 0.0)


def test_stopped_as_of_a_time_before_it_began_it_ends_where_it_began() -> None:
    assert told(OPEN.stop(20, -5)[1]) == [(CLOSED, 20, 0, 0)]


def test_the_confidence_is_the_mean_belief_of_the_time_that_counted() -> None:
    sights = row(0.9, 0, 5) + row(1.0, 6, 10) + [(30, 0.95)]
    _, changes = watch_machine(rule(), sights)
    opened = next(change for change in changes if change.change is OPENED)
    assert opened.confidence == pytest.approx(0.95, abs=1e-3)
    assert Machine().confidence == 0


def test_time_below_close_at_does_not_weigh_in_the_confidence() -> None:
    sights = row(0.95, 0, 10) + row(0.0, 11, 16)
    _, changes = watch_machine(rule(), sights)
    assert (changes[-1].change, changes[-1].confidence) == (CLOSED, pytest.approx(0.95))
