"""Absences under covers: what is asked about, and what is recorded.

The grace is 60 s; the post is empty from 100 to 400 s.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples_rules import BERLIN, STEADY, clock, engine, every, rule, schedule, shift

from pipelines.rules.covers import Cover, CoverKind, Standing, standing_at
from pipelines.rules.engine import RuleEngine
from pipelines.rules.machine import Change
from pipelines.rules.regulation import Dynamics
from pipelines.rules.schedule import ALWAYS, Schedule, Span
from vision.calibration import Calibration

GRACE = 60.0
THERE, GONE = 0.95, 0.03
EVEN = Dynamics(mean_yes_s=120, mean_no_s=120, correlation_s=0.6)
EMPTY = every(0.4, THERE, 0, 100) + every(0.4, GONE, 100, 400) + every(0.4, THERE, 400, 430)
INF = float("inf")


def placard(start: float, end: float = INF) -> Cover:
    return Cover(CoverKind.PLACARD, start, end, id=f"{start}", note="暂停服务")


def leave(start: float, end: float = INF, id_: str = "a") -> Cover:
    return Cover(CoverKind.LEAVE, start, end, id=id_)


@dataclass(frozen=True)
class Told:
    """A cover as the monitor hears of it: from ``at`` on, until ``until``."""

    cover: Cover
    at: float = -INF
    until: float = INF


Spans = list[tuple[float, float]]


def absent_engine(shifts: Schedule | None = None, grace: float = GRACE) -> RuleEngine:
    absent = rule(
        name="absent", behaviour="presence", broken_when="no", hold_s=grace, close_at=0.5, release_s=2
    )
    return engine(absent, dynamics=EVEN, shifts=shifts, calibration=Calibration(1, 0, 0.5))


def watch(
    looks: list[tuple[float, float | None]], told: list[Told], rules: RuleEngine | None = None
) -> tuple[Spans, list[tuple[str, float, float]]]:
    """Events asked about, and covered absences with their kind, of a run."""
    rules = rules or absent_engine()
    state, rulings = rules.start(), []
    for t, cue in looks:
        covers = [one.cover for one in told if one.at <= t < one.until]
        state, more = rules.look(state, t, {"presence": cue}, covers)
        rulings += more
    rulings += rules.finish(state)[1]
    closed = [r for r in rulings if r.transition.change is Change.CLOSED]
    asked = [(r.transition.start, r.transition.end or 0.0) for r in closed if r.cover is None]
    covered = [(r.cover.kind.value, r.transition.start, r.transition.end or 0.0) for r in closed if r.cover]
    return asked, covered


@pytest.mark.parametrize(
    ("told", "asked", "covered"),
    [
        pytest.param([], [(100, 400)], [], id="no cover"),
        pytest.param([Told(placard(0))], [], [("placard", 100, 400)], id="a placard all the time"),
        pytest.param(
            [Told(placard(100, 300), 100)],
            [(300, 400)],
            [("placard", 100, 300)],
            id="up at the beginning: the rest is longer than the grace",
        ),
        pytest.param(
            [Told(placard(100, 350), 100)],
            [],
            [("placard", 100, 350)],
            id="up at the beginning: the rest is shorter than the grace",
        ),
        pytest.param(
            [Told(placard(150, 350), 150)],
            [],
            [("placard", 150, 350)],
            id="up in the middle: two rests of 50 s, each shorter than the grace",
        ),
        pytest.param(
            [Told(placard(200, 300), 200)],
            [(100, 200), (300, 400)],
            [("placard", 200, 300)],
            id="up in the middle: two events, the second not joined to the first",
        ),
        pytest.param(
            [Told(placard(150), 150)],
            [],
            [("placard", 150, 400)],
            id="up at the end: 50 s before it are within the grace",
        ),
        pytest.param(
            [Told(placard(300), 300)],
            [(100, 300)],
            [("placard", 300, 400)],
            id="up after the event had opened: it ends there",
        ),
        pytest.param(
            [Told(placard(120, 140), 120), Told(placard(180, 200), 180), Told(placard(240, 260), 240)],
            [(260, 400)],
            [("placard", 120, 140), ("placard", 180, 200), ("placard", 240, 260)],
            id="up and down: 20 and 40 s between do not add up to the grace",
        ),
        pytest.param(
            [Told(leave(50, 200)), Told(placard(150, 350), 150)],
            [],
            [("leave", 100, 200), ("placard", 200, 350)],
            id="two covers that overlap: the earlier counts while it holds",
        ),
        pytest.param(
            [Told(leave(50, 200)), Told(leave(200, 300, "b"))],
            [(300, 400)],
            [("leave", 100, 200), ("leave", 200, 300)],
            id="two covers that touch leave nothing between them",
        ),
        pytest.param([Told(leave(450, 500))], [(100, 400)], [], id="a cover later that day"),
        pytest.param([Told(leave(0, 90))], [(100, 400)], [], id="a cover that was over before"),
        pytest.param(
            [Told(leave(100, 400), at=250)],
            [(100, 100)],
            [("leave", 100, 400)],
            id="entered afterwards: the event opened at 160 s keeps no time of its own",
        ),
        pytest.param(
            [Told(leave(100, 400), at=130)],
            [],
            [("leave", 100, 400)],
            id="entered afterwards, but before the event opened",
        ),
        pytest.param(
            [Told(leave(0), until=250), Told(leave(0, 250), at=250)],
            [(250, 400)],
            [("leave", 100, 250)],
            id="an open cover is ended by hand",
        ),
        pytest.param(
            [Told(leave(0), until=250)],
            [(250, 400)],
            [("leave", 100, 250)],
            id="a cover is withdrawn: from then on the absence counts",
        ),
        pytest.param([Told(placard(200, 205), 200)], [(100, 200), (205, 400)], [], id="too short to record"),
    ],
)
def test_an_absence_of_five_minutes(
    told: list[Told], asked: Spans, covered: list[tuple[str, float, float]]
) -> None:
    found, recorded = watch(EMPTY, told)
    assert found == [pytest.approx(span, abs=0.9) for span in asked]
    assert [kind for kind, *_ in recorded] == [kind for kind, *_ in covered]
    assert [tuple(span) for _, *span in recorded] == [pytest.approx(tuple(s), abs=0.9) for _, *s in covered]


@pytest.mark.parametrize(
    ("told", "asked", "covered"),
    [
        pytest.param([], [(100, 400)], [], id="no cover"),
        pytest.param(
            [Told(placard(150, 250), 150)],
            [(250, 400)],
            [("placard", 150, 250)],
            id="unknown under the cover",
        ),
        pytest.param(
            [Told(leave(100, 204))], [(208, 400)], [("leave", 100, 200)], id="the cover ends while unknown"
        ),
        pytest.param(
            [Told(leave(204, 300))],
            [(100, 200), (300, 400)],
            [("leave", 208, 300)],
            id="the cover begins while unknown: the event ends where it was last seen",
        ),
    ],
)
def test_eight_seconds_unknown_inside(
    told: list[Told], asked: Spans, covered: list[tuple[str, float, float]]
) -> None:
    looks: list[tuple[float, float | None]] = [(t, None if 200 <= t < 208 else cue) for t, cue in EMPTY]
    found, recorded = watch(looks, told)
    assert found == [pytest.approx(span, abs=0.9) for span in asked]
    assert [
        (kind, pytest.approx(s, abs=0.9), pytest.approx(e, abs=0.9)) for kind, s, e in covered
    ] == recorded


def test_unknown_for_long_counts_on_no_side() -> None:
    looks = every(0.4, GONE, 0, 50) + every(0.4, None, 50, 350) + every(0.4, GONE, 350, 400)
    assert watch(looks, [])[0] == []
    asked, covered = watch(looks, [Told(leave(20, 380))])
    assert asked == []
    assert [(s, e) for _, s, e in covered] == [
        pytest.approx((20, 50), abs=0.9),
        pytest.approx((350, 380), abs=0.9),
    ]


def test_a_cover_excuses_only_absence() -> None:
    both = engine(
        rule(hold_s=5), rule(name="absent", behaviour="presence", broken_when="no", hold_s=5), dynamics=EVEN
    )
    state, opened = both.start(), []
    for t, cue in every(0.4, 0.97, 0, 30):
        state, rulings = both.look(state, t, {"phone": cue, "presence": 0.97}, [leave(0)])
        opened += [r.rule.name for r in rulings if r.transition.change is Change.OPENED]
    assert opened == ["phone_use"]


def test_a_cover_over_the_end_of_the_shift_and_the_next_mornings_absence() -> None:
    office = schedule(shift("09:00", "12:00"))
    twelve, nine = clock("2026-01-05 12:00"), clock("2026-01-06 09:00")
    looks = every(0.4, GONE, twelve - 100, twelve + 20) + every(0.4, GONE, nine - 20, nine + 100)
    asked, covered = watch(looks, [Told(leave(twelve - 50, twelve + 3600))], absent_engine(office))
    assert asked == [pytest.approx((nine, nine + 100), abs=0.9)]
    assert [(s, e) for _, s, e in covered] == [pytest.approx((twelve - 50, twelve), abs=0.9)]


@pytest.mark.parametrize(
    ("day", "seconds"),
    [
        pytest.param("2026-03-29", 3600.0, id="the clock goes forward in the absence"),
        pytest.param("2026-10-25", 3 * 3600.0, id="the clock goes back in the absence"),
        pytest.param("2028-02-29", 2 * 3600.0, id="29 February"),
    ],
)
def test_a_night_absence_from_half_past_one_to_half_past_three_on_the_clock(day: str, seconds: float) -> None:
    """The leave ends at 01:30 and the shift at 03:30 by the clock on the wall; the seconds between count."""
    nights = schedule(shift("22:00", "03:30"), zone=BERLIN)
    one, end = clock(f"{day} 01:00", BERLIN), clock(f"{day} 03:30", BERLIN)
    half = clock(f"{day} 01:30", BERLIN)
    looks = every(2, GONE, one, end + 60)
    asked, covered = watch(looks, [Told(leave(one - 600, half))], absent_engine(nights, grace=300))
    assert asked == [pytest.approx((half, end), abs=2.5)]
    assert asked[0][1] - asked[0][0] == pytest.approx(seconds, abs=2.5)
    assert [kind for kind, *_ in covered] == ["leave"]


@pytest.mark.parametrize(
    ("t", "shift_span", "covers", "expected"),
    [
        pytest.param(50, None, [placard(0)], None, id="out of shift"),
        pytest.param(50, ALWAYS, [], Standing(ALWAYS, None), id="no cover at all"),
        pytest.param(
            50, ALWAYS, [leave(10, 50), leave(60, 70)], Standing(Span(50, 60), None), id="between two covers"
        ),
        pytest.param(
            49.9, ALWAYS, [leave(10, 50)], Standing(Span(10, 50), leave(10, 50)), id="its last moment"
        ),
        pytest.param(
            50,
            Span(40, 55),
            [leave(10, 90)],
            Standing(Span(40, 55), leave(10, 90)),
            id="longer than the shift",
        ),
    ],
)
def test_what_an_absence_is(
    t: float, shift_span: Span | None, covers: list[Cover], expected: Standing | None
) -> None:
    assert standing_at(t, shift_span, covers) == expected


stretches = st.tuples(st.integers(0, 450), st.integers(1, 200))


@STEADY
@given(st.lists(stretches, max_size=4))
def test_no_asked_second_is_covered_and_every_long_uncovered_stretch_is_asked(
    given_covers: list[tuple[int, int]],
) -> None:
    covers = [leave(start, start + length, f"{i}") for i, (start, length) in enumerate(given_covers)]
    asked, _ = watch(EMPTY, [Told(cover) for cover in covers])
    for start, end in asked:
        assert not any(
            cover.holds(t) for cover in covers for t in (start + 0.5, (start + end) / 2, end - 0.5)
        )
    uncovered = [t for t in range(100, 400) if not any(cover.holds(t) for cover in covers)]
    longest, run, last = 0, 0, -1
    for t in uncovered:
        run, last = (run + 1 if t == last + 1 else 1), t
        longest = max(longest, run)
    if longest >= GRACE + 3:
        assert asked
    if longest < GRACE - 3:
        assert not asked
