"""Counts of a very large store: when they are counted anew, and when those of a moment ago will do."""

from __future__ import annotations

import pytest

from service.store.counting import LONGEST_S, SETTLED_S, Counting


class Bench:
    """A clock that only counting moves on, and what there is to count."""

    def __init__(self, takes_s: float) -> None:
        self.now, self.takes_s, self.counted = 1000.0, takes_s, 0
        self.counting = Counting(lambda: self.now)

    def count(self) -> dict[str, int]:
        self.counted += 1
        self.now += self.takes_s
        return {"none": self.counted}

    def ask(self, key: object = None) -> int:
        return self.counting.get(key, self.count)["none"]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("takes_s", "after_s", "anew"),
    [
        pytest.param(0.01, 0.0, True, id="cheap: each time"),
        pytest.param(0.3, 0.0, False, id="dear: not at once"),
        pytest.param(0.3, 5.9, False, id="dear: not for twenty times as long"),
        pytest.param(0.3, 6.1, True, id="dear: then anew"),
        pytest.param(10.0, LONGEST_S - 0.1, False, id="very dear: not for a while"),
        pytest.param(10.0, LONGEST_S + 0.1, True, id="very dear: at the latest then"),
    ],
)
def test_when_it_is_counted_anew(takes_s: float, after_s: float, anew: bool) -> None:
    bench = Bench(takes_s)
    assert bench.ask() == 1
    bench.now += after_s
    assert bench.ask() == (2 if anew else 1)


def test_a_change_is_known_at_once_and_what_was_counted_beside_it_is_not_kept() -> None:
    bench = Bench(0.3)
    bench.ask()
    bench.now += 1
    bench.counting.forget()
    assert bench.ask() == 2
    assert bench.ask() == 3, "counted while the change may not have been kept yet"
    bench.now += SETTLED_S
    assert [bench.ask(), bench.ask()] == [4, 4]


def test_those_who_see_other_posts_have_other_counts() -> None:
    bench = Bench(0.3)
    assert [bench.ask(key) for key in (None, "w01", None, "w01")] == [1, 2, 1, 2]


def test_who_gets_counts_may_change_them() -> None:
    bench = Bench(0.3)
    bench.counting.get(None, bench.count)["none"] = 99
    bench.counting.get(None, bench.count)["none"] = 99
    assert bench.ask() == 1
