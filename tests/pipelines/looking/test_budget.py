"""Halls on a virtual clock: cameras, posts where something is going on or not, models of a given speed."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.looking.budget import LEAST, MOST, Budget, Standing
from pipelines.looking.looks import BOUND_S, INTERVAL_S, QUIET_S

FOREVER = float("inf")


def known(cost_s: float) -> Budget:
    return Budget(cost_s, turns=9)


def posts(*ages: float, settled: bool = True, fresh: bool = True) -> list[Standing]:
    return [Standing(age, settled, fresh) for age in ages]


@pytest.mark.parametrize(
    ("standing", "chosen"),
    [
        pytest.param([], [], id="no posts"),
        pytest.param(posts(0.4, 1.6, 1.9), [], id="all is settled and was looked at lately"),
        pytest.param(posts(0.4, 2.0, 1.2), [1], id="a settled post after two seconds"),
        pytest.param(posts(0.4, settled=False), [0], id="a post where something is going on"),
        pytest.param(posts(0.4, 0.4, settled=False, fresh=False), [], id="no newer picture"),
        pytest.param(posts(FOREVER, 0.4, 2.4), [0, 2], id="one that was never looked at first"),
        pytest.param(
            posts(2.0, 2.0) + posts(0.4, settled=False), [2, 0, 1], id="the spare time goes to the busy one"
        ),
        pytest.param(
            posts(2.79) + posts(0.8, 0.4, settled=False), [0, 1, 2], id="a deadline that is near goes first"
        ),
        pytest.param(posts(9, 30, 600), [2, 1, 0], id="all are late: the latest first"),
    ],
)
def test_where_to_look_next(standing: list[Standing], chosen: list[int]) -> None:
    turn = known(0.04).turn(standing)
    assert list(turn.chosen) == chosen
    assert turn.sated


def test_many_deadlines_at_once_are_begun_with_in_time() -> None:
    """48 looks of 50 ms take 2.4 s: so at an age of 1.2 s it is high time, though no look would be due."""
    turn = known(0.05).turn(posts(*[1.2] * 48))
    assert list(turn.chosen) == list(range(known(0.05).most))
    assert known(0.05).turn(posts(*[1.2] * 8)).chosen == ()


def test_looks_back_are_taken_from_spare_time_alone() -> None:
    assert known(0.04).turn(posts(0.4, 2.0)).spare > 5
    assert known(0.04).turn(posts(2.79, 0.4)).spare == 0
    assert known(0.5).turn(posts(0.4, 2.0)).spare == 0


def test_a_turn_is_over_before_the_next_pictures_are_due() -> None:
    assert known(0.05).most == 8
    assert (known(0.001).most, known(0.0).most) == (MOST, MOST)
    assert known(3.0).most == 2, "a slow model still gets its batch"


def test_the_cost_of_a_look_is_learnt() -> None:
    budget = Budget()
    for _ in range(30):
        budget = budget.spent(8, 8 * 0.2)
    assert budget.cost_s == pytest.approx(0.2, rel=0.01)
    assert budget.spent(0, 5.0) == budget, "a turn without looks tells nothing"
    assert (budget.too_small(13), budget.too_small(15)) == (False, True)
    assert not Budget().spent(2, 9.0).too_small(48), "a slow start says nothing"


@settings(deadline=None, derandomize=True, max_examples=200)
@given(
    st.lists(st.builds(Standing, st.floats(0, 100), st.booleans(), st.booleans()), max_size=60),
    st.floats(0.001, 5),
)
def test_what_is_chosen_is_there_to_be_looked_at_and_nothing_older_is_left_out_for_a_hurry(
    standing: list[Standing], cost: float
) -> None:
    turn = known(cost).turn(standing)
    assert len(set(turn.chosen)) == len(turn.chosen) <= known(cost).most
    assert all(standing[i].fresh for i in turn.chosen)
    left = [post for i, post in enumerate(standing) if i not in turn.chosen and post.wanting]
    assert turn.sated == (not left)
    assert turn.spare >= 0
    unasked = [standing[i].age_s for i in turn.chosen if not standing[i].wanting]
    assert all(post.age_s <= age for age in unasked for post in left), "nobody is looked at early before them"
    assert turn.chosen or not left, "time never stands still"


Busy = Callable[[int, float], bool]


@dataclass
class Hall:
    """Cameras that show a new picture at each tick, each at a phase of its own, and models on a clock."""

    cameras: int
    per_camera: int
    cost: Callable[[float], float]
    busy: Busy = lambda post, t: False
    together: bool = False
    """Whether all cameras began in the same moment."""
    rests: bool = False
    """Whether cameras show keyframes alone, each `QUIET_S`, while nothing goes on at their posts."""
    ages: dict[int, list[tuple[float, float]]] = field(default_factory=dict)
    """By post: when it was looked at, and how old its last look had become."""

    def run(self, seconds: float) -> Hall:
        rolls = random.Random(5)
        phase = [0.0 if self.together else rolls.uniform(0, INTERVAL_S) for _ in range(self.cameras)]
        count = self.cameras * self.per_camera
        looked, shown = [-FOREVER] * count, [-FOREVER] * count
        self.ages = {post: [] for post in range(count)}
        budget, now = Budget(), INTERVAL_S
        while now < seconds:
            apart = [
                self._apart(camera, now) for camera in range(self.cameras) for _ in range(self.per_camera)
            ]
            newest = [_tick(now, phase[i // self.per_camera], apart[i]) for i in range(count)]
            turn = budget.turn(
                [
                    Standing(
                        newest[i] - looked[i],
                        not self.busy(i, newest[i]),
                        newest[i] > shown[i],
                        apart[i],
                        since_s=now - newest[i],
                    )
                    for i in range(count)
                ]
            )
            for i in turn.chosen:
                if looked[i] > -FOREVER:
                    self.ages[i].append((now, newest[i] - looked[i]))
                looked[i] = shown[i] = newest[i]
            spent = self.cost(now) * len(turn.chosen)
            budget = budget.spent(len(turn.chosen), spent)
            now += spent or 0.02
        for post, last in enumerate(looked):
            self.ages[post].append((now, _tick(now, phase[post // self.per_camera]) - last))
        return self

    def _apart(self, camera: int, now: float) -> float:
        """How far apart the pictures of a camera are."""
        posts = range(camera * self.per_camera, (camera + 1) * self.per_camera)
        return QUIET_S if self.rests and not any(self.busy(i, now) for i in posts) else INTERVAL_S

    def oldest(self, post: int, after: float = 0.0) -> float:
        return max(age for t, age in self.ages[post] if t >= after)

    def looks(self, wanted: Callable[[int], bool]) -> float:
        """Looks at such posts on the average."""
        counts = [len(ages) for post, ages in self.ages.items() if wanted(post)]
        return sum(counts) / len(counts)


def _tick(now: float, phase: float, apart: float = INTERVAL_S) -> float:
    """The time of a camera's newest picture."""
    return phase + int((now - phase) / apart) * apart


def always(cost: float) -> Callable[[float], float]:
    return lambda t: cost


SIXTEEN, FOUR_HUNDRED = (16, 3), (400, 3)
START_S = 6.0
"""By then the cost of a look is known."""


@pytest.mark.parametrize("together", [False, True], ids=["out of step", "all cameras in step"])
@pytest.mark.parametrize(
    ("hall", "cost", "busy"),
    [
        pytest.param(SIXTEEN, 0.02, lambda i, t: False, id="16 cameras, all settled"),
        pytest.param(SIXTEEN, 0.02, lambda i, t: i % 4 == 0, id="16 cameras, a quarter busy"),
        pytest.param(SIXTEEN, 0.035, lambda i, t: i % 4 == 0, id="16 cameras, a slower model"),
        pytest.param(SIXTEEN, 0.035, lambda i, t: True, id="16 cameras, all busy"),
        pytest.param(SIXTEEN, 0.035, lambda i, t: i < 24 and int(t) % 10 < 4, id="16 cameras, bursts"),
        pytest.param(FOUR_HUNDRED, 0.0015, lambda i, t: i % 10 == 0, id="400 cameras on a fast machine"),
        pytest.param(FOUR_HUNDRED, 0.0015, lambda i, t: int(t) % 10 < 3, id="400 cameras, bursts"),
    ],
)
def test_no_bound_is_broken_while_the_budget_suffices(
    hall: tuple[int, int], cost: float, busy: Busy, together: bool
) -> None:
    seconds = 40 if hall == SIXTEEN else 26  # two bursts; 1200 posts take long to plan for
    run = Hall(*hall, cost=always(cost), busy=busy, together=together).run(seconds)
    assert max(run.oldest(post, START_S) for post in run.ages) <= BOUND_S + 1e-6


@pytest.mark.parametrize(
    ("hall", "cost"),
    [
        pytest.param(SIXTEEN, 0.1, id="16 cameras, a slow model"),
        pytest.param(SIXTEEN, 1.0, id="16 cameras, a look takes a second"),
        pytest.param(FOUR_HUNDRED, 0.02, id="400 cameras"),
    ],
)
def test_a_budget_that_is_too_small_is_shared_evenly(hall: tuple[int, int], cost: float) -> None:
    a_round = hall[0] * hall[1] * cost
    run = Hall(*hall, cost=always(cost), busy=lambda i, t: i % 5 == 0).run(6 * a_round)
    oldest = [run.oldest(post, 2 * a_round) for post in run.ages]
    assert max(oldest) <= 1.15 * a_round + INTERVAL_S, "nobody waits for more than a round"
    assert max(oldest) - min(oldest) <= 0.15 * a_round + 2 * INTERVAL_S
    assert all(len(ages) >= 4 for ages in run.ages.values()), "no post starves"
    busy, settled = run.looks(lambda post: post % 5 == 0), run.looks(lambda post: post % 5 != 0)
    assert busy == pytest.approx(settled, rel=0.15), "a busy post does not live at the others' expense"


def test_what_is_left_goes_to_the_busy_posts_and_is_shared_among_them() -> None:
    run = Hall(*SIXTEEN, cost=always(0.035), busy=lambda i, t: i % 4 == 0).run(60)
    busy = [len(ages) / 60 for post, ages in run.ages.items() if post % 4 == 0]
    settled = run.looks(lambda post: post % 4 != 0) / 60
    assert settled <= 1 / QUIET_S + 0.05
    assert min(busy) > 2 * settled
    assert max(busy) <= 1.6 * min(busy)


@pytest.mark.parametrize("together", [False, True], ids=["out of step", "all cameras in step"])
@pytest.mark.parametrize("cost", [0.02, 0.08])
@pytest.mark.parametrize(
    "busy",
    [
        pytest.param(lambda i, t: False, id="all settled"),
        pytest.param(lambda i, t: i % 4 == 0, id="a quarter busy"),
        pytest.param(lambda i, t: i < 8 and int(t) % 10 < 4, id="bursts"),
    ],
)
def test_keyframes_are_looked_at_before_the_next_ones_come(cost: float, busy: Busy, together: bool) -> None:
    run = Hall(16, 1, cost=always(cost), busy=busy, together=together, rests=True).run(60)
    assert max(run.oldest(post, START_S) for post in run.ages) <= BOUND_S + 1e-6


def test_a_look_at_what_stays_can_wait_and_one_at_what_is_soon_replaced_cannot() -> None:
    keyframe = Standing(2.0, settled=True, ahead_s=2.0, since_s=0.3)
    assert keyframe.wait_s == pytest.approx(1.3)
    assert Standing(0.8, settled=True, ahead_s=2.0).wait_s == pytest.approx(3.6), (
        "the next is within the bound"
    )
    assert Standing(2.0, settled=False, since_s=0.3).wait_s == pytest.approx(0.5)
    assert Standing(4.0, settled=True, ahead_s=2.0).wait_s == pytest.approx(-1.2), "late is late"
    assert Standing(0.4, settled=False, since_s=60.0).wait_s == 0, (
        "a camera that sends nothing makes none late"
    )


def test_bounds_hold_again_after_the_models_stood_still() -> None:
    run = Hall(*SIXTEEN, cost=lambda t: 1.0 if 20 <= t < 22 else 0.03).run(100)
    stall = max(age for ages in run.ages.values() for _, age in ages)
    assert stall > BOUND_S + 2
    assert max(run.oldest(post, 70) for post in run.ages) <= BOUND_S + 1e-6


def test_nothing_is_known_of_the_cost_at_first() -> None:
    first = Budget().turn(posts(*[FOREVER] * 9))
    assert len(first.chosen) == LEAST, "few at first, for the models may be slow"
    assert Budget().spent(2, 1.0).cost_s == 0.5, "the first turn is believed"
